"""The two forms of an agency's identifier (mã định danh), read and taken apart."""

import re
from dataclasses import dataclass
from typing import Literal

from archive_service.errors import InputError
from archive_service.text import nfc

MAX_LENGTH = 35  # QĐ 20/2020/QĐ-TTg

# QCVN 102:2016: four levels, the lowest first; levels that are not used are zeros.
_OLD = re.compile(r"[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Z][0-9]{2}", re.ASCII)
# QĐ 20/2020: the highest level first.
_NEW = re.compile(r"[A-Z][0-9]{2}(?:\.[0-9A-Z]{1,10})*", re.ASCII)


class MalformedAgencyIdentifierError(InputError):
    """Neither of the two forms."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier as written, with its levels from the highest down."""

    text: str
    form: Literal["old", "new"]
    levels: tuple[str, ...]

    @property
    def level(self) -> int:
        """1 for a ministry or province; one more for each level below it."""
        return len(self.levels)

    @property
    def parent(self) -> "Identifier | None":
        """The identifier one level up in the same form; ``None`` at level 1.

        What the identifier says; who the superior body is, the official list decides.
        """
        if self.level == 1:
            return None
        return _old(self.levels[:-1]) if self.form == "old" else _new(self.levels[:-1])

    def __str__(self) -> str:
        return self.text


def parse_agency_identifier(text: str) -> Identifier:
    """Read ``000.00.18.H40`` (old form) or ``H40.18`` (new form); white space around is dropped.

    Raises:
        MalformedAgencyIdentifierError: neither form, or longer than 35 characters.
    """
    given = nfc(text).strip()
    if len(given) <= MAX_LENGTH:
        if _OLD.fullmatch(given):
            levels = given.split(".")[::-1]
            while not levels[-1].strip("0") and len(levels) > 1:
                levels.pop()
            return Identifier(given, "old", tuple(levels))
        if _NEW.fullmatch(given):
            return _new(tuple(given.split(".")))
    raise MalformedAgencyIdentifierError(text=given)


def _old(levels: tuple[str, ...]) -> Identifier:
    padded = [*levels, *("00", "00", "000")[len(levels) - 1 :]]
    while not levels[-1].strip("0") and len(levels) > 1:  # a level left out on the way up
        levels = levels[:-1]
    return Identifier(".".join(reversed(padded)), "old", levels)


def _new(levels: tuple[str, ...]) -> Identifier:
    return Identifier(".".join(levels), "new", levels)
