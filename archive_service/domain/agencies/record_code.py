"""Record codes (mã hồ sơ), read outward from the year, and references to old inventories."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Literal

from archive_service.domain.agencies.agency_identifier import (
    Identifier,
    MalformedAgencyIdentifierError,
    parse_agency_identifier,
)
from archive_service.errors import InputError
from archive_service.text import fold, is_foreign, nfc

MAX_LENGTH = 100  # TT 05/2025/TT-BNV, fileCode

_YEAR = re.compile(r"(?:18|19|20)[0-9]{2}", re.ASCII)
_PART = re.compile(r"[0-9A-Za-z_\-\u00c0-\u024f\u1e00-\u1eff]+")
_NUMBER = re.compile(r"[0-9]")
_INVENTORY_REFERENCE = re.compile(
    r"phong\s+(?P<fonds>.+?)\s*[,;]\s*"
    r"(?:muc luc(?:\s+so)?|mls?)\b[\s.:]*(?P<inventory>[^,;]+?)\s*[,;]\s*"
    r"(?:ho so(?:\s+so)?|hss?|hs so)\b[\s.:]*(?P<file>[^,;]+?)\s*"
    r"(?:[,;]\s*to(?:\s+so)?\b[\s.:]*(?P<sheet>[^,;]+?)\s*)?"
)


class MalformedRecordCodeError(InputError):
    """Not a record code: ``text`` is what was given."""


class RecordCodeSpaceError(MalformedRecordCodeError):
    """White space inside; around the code it is dropped."""


class RecordCodeTooLongError(MalformedRecordCodeError):
    """More than 100 characters."""


class RecordCodeCharacterError(MalformedRecordCodeError):
    """An empty part, or a character that is no letter, digit, hyphen or underscore."""


class RecordCodeLetterError(MalformedRecordCodeError):
    """A letter of another alphabet, such as the Cyrillic Н, which looks like one of ours."""


class RecordCodeYearError(MalformedRecordCodeError):
    """No part after the first is a year."""


class RecordCodeAgencyError(MalformedRecordCodeError):
    """What stands before the year has neither form of an agency identifier."""


class RecordCodeNumberError(MalformedRecordCodeError):
    """No number follows the year."""


class MalformedInventoryReferenceError(InputError):
    """Not of the form fonds, mục lục số, hồ sơ số, tờ số."""


@dataclass(frozen=True, slots=True)
class RecordCode:
    """``{agency}.{year}.{number}.{symbol}``; ``str`` gives back exactly what was read."""

    agency: str
    year: int
    number: str
    symbol: str | None
    form: Literal["old", "new"]
    # Of a code without a year, whose ``year`` is 0: the fonds whose scheme it follows, and itself.
    fonds: str = ""
    given: str = ""

    @property
    def notation(self) -> str:
        """Số và ký hiệu hồ sơ of the file plan: ``01.TH``; the number alone without a symbol."""
        return self.number if self.symbol is None else f"{self.number}.{self.symbol}"

    @property
    def text(self) -> str:
        """The whole code."""
        return self.given or f"{self.agency}.{self.year}.{self.notation}"

    def __str__(self) -> str:
        return self.text

    def as_document(self) -> dict[str, object]:
        """The document of ``archive code parse``."""
        names = ("text", "agency", "year", "number", "symbol", "notation", "form")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class InventoryReference:
    """Where a case file stands in an old inventory (mục lục) of its fonds."""

    fonds: str
    inventory: str
    file: str
    sheet: str | None = None

    def __str__(self) -> str:
        text = f"Phông {self.fonds}, mục lục số {self.inventory}, hồ sơ số {self.file}"
        return text if self.sheet is None else f"{text}, tờ số {self.sheet}"

    def as_document(self) -> dict[str, object]:
        """The document of ``archive code parse``."""
        parts = {"fonds": self.fonds, "inventory": self.inventory, "file": self.file}
        return {"text": str(self), **parts, "sheet": self.sheet}


def parse_record_code(text: str, known_agencies: Container[str] = ()) -> RecordCode:
    """Read a record code from its year outward.

    The notation holds a dot itself and a level of an identifier may look like a year. Where more
    than one reading is possible, one whose agency is known wins; among those left, the one with
    the longest identifier, for a symbol seldom begins with a digit.

    Raises:
        MalformedRecordCodeError: one of its kinds, by what is wrong.
    """
    given = nfc(text).strip()
    parts = _parts(given)
    readings = list(_readings(parts))
    if not readings:
        raise _what_is_wrong(given, parts)
    known = [reading for reading in readings if reading.agency in known_agencies]
    return max(known or readings, key=lambda reading: len(reading.agency))


def parse_code_or_reference(
    text: str, known_agencies: Container[str] = ()
) -> RecordCode | InventoryReference:
    """Whichever of the two it is.

    Raises:
        MalformedRecordCodeError: it is neither.
    """
    try:
        return parse_inventory_reference(text)
    except MalformedInventoryReferenceError:
        return parse_record_code(text, known_agencies)


def parse_notation(text: str) -> tuple[str, str | None]:
    """Number and symbol of a file plan's entry: ``01.TH`` is ``("01", "TH")``.

    Raises:
        MalformedRecordCodeError: it could not stand in a record code.
    """
    given = nfc(text).strip()
    number, *rest = _parts(given)
    if not _NUMBER.match(number):
        raise RecordCodeNumberError(text=given)
    return number, ".".join(rest) or None


def parse_inventory_reference(text: str) -> InventoryReference:
    """Read ``Phông …, mục lục số …, hồ sơ số …, tờ số …``; marks, case and ``MLS HS`` as may be.

    Raises:
        MalformedInventoryReferenceError: a part is missing or stands elsewhere.
    """
    given = " ".join(nfc(text).split())
    folded = fold(given)
    found = _INVENTORY_REFERENCE.fullmatch(folded)
    if found is None or len(folded) != len(given):
        raise MalformedInventoryReferenceError(text=given)

    def part(name: str) -> str:
        return given[found.start(name) : found.end(name)]

    sheet = part("sheet") if found["sheet"] is not None else None
    return InventoryReference(part("fonds"), part("inventory"), part("file"), sheet)


def _parts(given: str) -> list[str]:
    if any(letter.isspace() for letter in given):
        raise RecordCodeSpaceError(text=given)
    if len(given) > MAX_LENGTH:
        raise RecordCodeTooLongError(text=given, length=len(given), limit=MAX_LENGTH)
    if strange := next((letter for letter in given if is_foreign(letter)), ""):
        raise RecordCodeLetterError(text=given, letter=strange, point=f"U+{ord(strange):04X}")
    parts = given.split(".")
    if not all(_PART.fullmatch(part) for part in parts):
        raise RecordCodeCharacterError(text=given)
    return parts


def _readings(parts: list[str]) -> Iterator[RecordCode]:
    for at in range(1, len(parts) - 1):
        agency = _identifier(parts[:at])
        if agency and _YEAR.fullmatch(parts[at]) and _NUMBER.match(parts[at + 1]):
            symbol = ".".join(parts[at + 2 :]) or None
            yield RecordCode(agency.text, int(parts[at]), parts[at + 1], symbol, agency.form)


def _identifier(parts: list[str]) -> Identifier | None:
    try:
        return parse_agency_identifier(".".join(parts))
    except MalformedAgencyIdentifierError:
        return None


def _what_is_wrong(given: str, parts: list[str]) -> MalformedRecordCodeError:
    years = [at for at in range(1, len(parts)) if _YEAR.fullmatch(parts[at])]
    if not years:
        return RecordCodeYearError(text=given)
    if not any(_identifier(parts[:at]) for at in years):
        return RecordCodeAgencyError(text=given, agency=".".join(parts[: years[0]]))
    return RecordCodeNumberError(text=given)
