"""Separator sheets (tờ phân cách): what their QR says, and the sheets printed as PDF/A."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from archive_service.errors import InputError
from archive_service.forms.typst_form import TEMPLATES, render_bytes
from archive_service.text import fold

VERSION = "AS1"
TEMPLATE = "to_phan_cach.typ"
MOST_SHEETS = 500
_LONGEST_CODE = 100
_TEXT = re.compile(r"AS1\|([^|\s]{1,100})\|(\d{4}|)")
_OURS = re.compile(r"\s*AS\d+\|")
# Folded words of the template, two of which tell a sheet whose QR cannot be read.
_PRINTED = ("to phan cach", "dat to nay ngay truoc", "quay len nhu cac trang", "as1|")
_RANGE = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?")


class SeparatorRangeError(InputError):
    """Not ordinals such as ``1-20`` or ``3,5,8-12``, or too many at once."""

    code = "separator-range"


class SeparatorCodeError(InputError):
    """A code that no QR of ours can carry."""

    code = "separator-code"


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
        told = f"{VERSION}|{self.code}|{ordinal}"
        if read_text(told) != self:
            raise SeparatorCodeError(code=self.code, most=_LONGEST_CODE)
        return told

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


def read_range(text: str) -> list[int]:
    """``1-20`` or ``3,5,8-12`` as ordinals; ``SeparatorRangeError`` for anything else."""
    found: list[int] = []
    for part in text.replace(" ", "").split(","):
        told = _RANGE.fullmatch(part)
        first, last = (int(told[1]), int(told[2] or told[1])) if told else (0, 0)
        if not 1 <= first <= last or len(found) + last - first >= MOST_SHEETS:
            raise SeparatorRangeError(text=text, most=MOST_SHEETS)
        found.extend(range(first, last + 1))
    return found


def print_sheets(
    separators: Iterable[Separator],
    *,
    archive: str,
    title: str = "",
    titles: Mapping[int, str] | None = None,
    at: dt.datetime | None = None,
) -> bytes:
    """One A4 sheet a separator, PDF/A-2b; equal input gives equal bytes if ``at`` is given.

    Args:
        archive: who prints them, in the head.
        title: of the case file; "" where it is not told.
        titles: what the list says of documents, by ordinal.
    """
    named = titles or {}
    sheets = [
        {
            "code": sheet.code,
            "document": sheet.document,
            "title": title,
            "subject": named.get(sheet.document or 0, ""),
            "text": sheet.text(),
            "qr": qr_svg(sheet.text()),
        }
        for sheet in separators
    ]
    return render_bytes(TEMPLATES / TEMPLATE, {"archive": archive, "sheets": sheets}, at=at)


def qr_svg(text: str) -> str:
    """A QR as SVG without margin, error correction M: read with a seventh of it gone."""
    import zxingcpp

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn = zxingcpp.write_barcode_to_svg(code, add_quiet_zones=False)
    return str(drawn)
