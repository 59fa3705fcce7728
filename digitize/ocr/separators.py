"""Separator sheets (tờ phân cách): what their QR and their printed words say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archive_service.errors import InputError
from archive_service.text import fold

VERSION = "AS1"
_LONGEST_CODE = 100
_TEXT = re.compile(r"AS1\|([^|\s]{1,100})\|(\d{4}|)")
_OURS = re.compile(r"\s*AS\d+\|")
# Folded words of the template, two of which tell a sheet whose QR cannot be read.
_PRINTED = ("to phan cach", "dat to nay ngay truoc", "quay len nhu cac trang", "as1|")


class SeparatorCodeError(InputError):
    """A code that no QR of ours can carry."""


@dataclass(frozen=True, slots=True)
class Separator:
    """The pages after this sheet belong to this case file, and to this document of its list."""

    code: str
    document: int | None = None  # None: the next document, whichever it is

    def text(self) -> str:
        """What the QR holds: ``AS1|H40.18.2025.09.QLCT|0003``; the form is told first.

        Raises:
            SeparatorCodeError: the code is empty, too long or holds a space or a stroke.
        """
        ordinal = "" if self.document is None else f"{self.document:04}"
        words = f"{VERSION}|{self.code}|{ordinal}"
        if read_text(words) != self:
            raise SeparatorCodeError(code=self.code, most=_LONGEST_CODE)
        return words

    def as_document(self) -> dict[str, str | int | None]:
        """As the row of its page keeps it."""
        return {"code": self.code, "document": self.document}


def read_text(text: str) -> Separator | None:
    """What a QR's text says; ``None`` for any other text: that page is an ordinary one."""
    found = _TEXT.fullmatch(text.strip())
    if found is None or found[2] == "0000":
        return None
    return Separator(found[1], int(found[2]) if found[2] else None)


def is_ours(text: str) -> bool:
    """Whether a QR's text is that of a separator sheet, understood or not."""
    return _OURS.match(text) is not None


def looks_like_sheet(lines: Iterable[str]) -> bool:
    """Whether the lines of a page are those printed on a separator sheet."""
    folded = [fold(line) for line in lines]
    return sum(any(words in line for line in folded) for words in _PRINTED) >= 2
