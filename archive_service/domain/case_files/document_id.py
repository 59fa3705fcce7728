"""Identifiers of documents, however a sender's system makes them; unknown ones are opaque."""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

_EDXML_DAY = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})")
_ISSUED = re.compile(
    r"(?P<agency>[0-9A-Z]+(?:\.[0-9A-Z]+)*)\.(?P<year>(?:19|20)\d{2})\.(?P<ordinal>\d{1,7})"
)


class DocumentIdForm(StrEnum):
    """Who makes identifiers so."""

    ISSUED = "issued"  # agency.year.ordinal, QĐ 28/2018/QĐ-TTg Điều 10
    OF_FILE = "of-file"  # record code and ordinal, TT 05/2025/TT-BNV
    EDXML = "edxml"  # OrganId,YYYY/MM/DD,number/symbol
    UUID = "uuid"
    OPAQUE = "opaque"


@dataclass(frozen=True, slots=True)
class DocumentId:
    """An identifier taken apart, as far as its form tells."""

    text: str
    form: DocumentIdForm
    agency: str = ""
    year: int | None = None
    issued_on: dt.date | None = None
    number: str = ""  # number and symbol
    ordinal: int | None = None


def parse_document_id(text: str, *, file_code: str = "") -> DocumentId:
    """Take an identifier apart; never fails: what fits no form is opaque.

    Args:
        file_code: of the case file, to tell its own identifiers from those of issuers.
    """
    text = text.strip()
    if file_code and text.startswith(f"{file_code}."):
        rest = text[len(file_code) + 1 :]
        if rest.isascii() and rest.isdecimal():
            return DocumentId(text, DocumentIdForm.OF_FILE, ordinal=int(rest))
    if found := _ISSUED.fullmatch(text):
        return DocumentId(
            text,
            DocumentIdForm.ISSUED,
            agency=found["agency"],
            year=int(found["year"]),
            ordinal=int(found["ordinal"]),
        )
    if (packet := _edxml(text)) is not None:
        return packet
    try:
        UUID(text)
    except ValueError:
        return DocumentId(text, DocumentIdForm.OPAQUE)
    return DocumentId(text, DocumentIdForm.UUID)


def _edxml(text: str) -> DocumentId | None:
    parts = text.split(",")
    if len(parts) != 3 or (day := _EDXML_DAY.fullmatch(parts[1].strip())) is None:
        return None
    try:
        issued_on = dt.date(*(int(part) for part in day.groups()))
    except ValueError:
        return None
    return DocumentId(
        text,
        DocumentIdForm.EDXML,
        agency=parts[0].strip(),
        year=issued_on.year,
        issued_on=issued_on,
        number=parts[2].strip(),
    )
