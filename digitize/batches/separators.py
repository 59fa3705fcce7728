"""Separator sheets (tờ phân cách) printed as PDF/A, for the ordinals that a person asks for."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping

from archive_service.errors import InputError
from archive_service.forms.typst_form import PRESS, TEMPLATES, Press, render_bytes
from digitize.ocr.separators import Separator

TEMPLATE = "to_phan_cach.typ"
MOST_SHEETS = 500
_RANGE = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?")


class SeparatorRangeError(InputError):
    """Not ordinals such as ``1-20`` or ``3,5,8-12``, or too many at once."""


def read_range(text: str) -> list[int]:
    """``1-20`` or ``3,5,8-12`` as ordinals; ``SeparatorRangeError`` for anything else."""
    found: list[int] = []
    for part in text.replace(" ", "").split(","):
        match = _RANGE.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
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
    press: Press = PRESS,
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
    return render_bytes(
        TEMPLATES / TEMPLATE, {"archive": archive, "sheets": sheets}, at=at, press=press
    )


def qr_svg(text: str) -> str:
    """A QR as SVG without margin, error correction M: read with a seventh of it gone."""
    import zxingcpp

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn = zxingcpp.write_barcode_to_svg(code, add_quiet_zones=False)
    return str(drawn)
