"""Fields of an agency's own, beside those of the circular."""

import datetime as dt
import enum
import re
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base
from archive_service.law import FieldRule
from archive_service.text import nfc, same_words

OWN_FIELD = "own-field"  # kind of its acts
OWN = "own:"  # before its name where it stands among fields of the circular
LONGEST_VALUE = 500
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,6})?")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class OwnKind(enum.StrEnum):
    """What its values are."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"


class OwnSubject(enum.StrEnum):
    """Of what it tells."""

    CASE_FILE = "case-file"
    DOCUMENT = "document"


class OwnField(Base):
    """One field; its name and kind never change, and it is retired, never deleted."""

    __table_args__ = (UniqueConstraint("agency_id", "subject", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    subject: Mapped[OwnSubject] = mapped_column()
    name: Mapped[str] = mapped_column(String(40))  # letters and digits, for programs
    label: Mapped[str] = mapped_column(String(200))  # for people
    kind: Mapped[OwnKind] = mapped_column()
    choices: Mapped[list[str]] = mapped_column(default=list)
    required: Mapped[bool] = mapped_column(default=False)
    searchable: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    retired_on: Mapped[dt.date | None] = mapped_column()

    @property
    def key(self) -> str:
        """Its name among the fields of the circular."""
        return f"{OWN}{self.name}"

    def rule(self) -> FieldRule:
        """It as a field beside those of the circular."""
        types = {OwnKind.NUMBER: "Number", OwnKind.DATE: "Date"}
        return FieldRule(
            kind=self.subject.value,
            name=self.key,
            label_vi=self.label,
            label_en=self.label,
            type=types.get(self.kind, "String"),
            length=LONGEST_VALUE - 1,
            mandatory=self.required,
        )

    def kept(self, text: str) -> str:
        """A value as it is kept: one line in NFC, dates ISO, choices as they stand in the list.

        What cannot be read stays as it was written: ``fault`` tells it.
        """
        words = " ".join(nfc(text).split())
        if self.kind is OwnKind.DATE:
            return _day(words)
        if self.kind is OwnKind.NUMBER:
            return words.replace(",", ".") if _NUMBER.fullmatch(words.replace(",", ".")) else words
        if self.kind is OwnKind.CHOICE:
            same = (choice for choice in self.choices if same_words(choice) == same_words(words))
            return next(same, words)
        return words

    def fault(self, value: str) -> str:
        """What is wrong with a value as it is kept: code of a finding, "" for nothing."""
        if not value:
            return "own-field-missing" if self.required and self.retired_on is None else ""
        if len(value) > LONGEST_VALUE:
            return "own-field-too-long"
        if self.kind is OwnKind.NUMBER and not _NUMBER.fullmatch(value):
            return "own-field-number"
        if self.kind is OwnKind.DATE and not _ISO_DAY.fullmatch(value):
            return "own-field-date"
        if self.kind is OwnKind.CHOICE and value not in self.choices:
            return "own-field-choice"
        return ""


def _day(words: str) -> str:
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(words, form).date().isoformat()  # noqa: DTZ007 - a day
        except ValueError:
            continue
    return words
