"""A table of any length printed in parts that read as one: memory does not grow with its rows.

Of each part but the last one the last page, which its rows may not fill, is left out: the next part
begins with the rows that stood there.
"""

import datetime as dt
import json
import tempfile
from collections.abc import Mapping, Sized
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from archive_service.forms.listed_form import as_one
from archive_service.forms.typst_form import (
    PRESS,
    TEMPLATES,
    FormPlace,
    Press,
    query,
    render,
    signature_place,
)

TEMPLATE = TEMPLATES / "bang_bieu.typ"
PART_ROWS = 100  # are laid out together: the compiler keeps what it made for the last ten
LONG_ROWS = 1000  # up to so many are laid out at once
_ASKED = 60  # of how many rows at the end of a part it is asked where they stand: pages have fewer
_ROW = "<hang>"


def is_long(template: Path, data: Mapping[str, object]) -> bool:
    """Whether the form is a table of more rows than are laid out at once."""
    rows = data.get("rows")
    return template == TEMPLATE and isinstance(rows, Sized) and len(rows) > LONG_ROWS


def print_form(
    template: Path,
    data: Mapping[str, Any],
    target: Path,
    *,
    press: Press = PRESS,
    at: dt.datetime | None = None,
) -> None:
    """As ``render``; a long table in parts, its heads on each page and its pages counted through.

    Raises what ``render`` raises.
    """
    if is_long(template, data):
        print_parts(data, target, press=press, at=at)
    else:
        render(template, data, target, press=press, at=at)


def print_parts(
    data: Mapping[str, Any], target: Path, *, press: Press = PRESS, at: dt.datetime | None = None
) -> FormPlace | None:
    """A long table as PDF/A-2b at ``target``, and where it leaves room for the visible signature.

    Its rows are read once, in order: they need not be in memory. Raises what ``render`` raises.
    """
    waiting, pages, ends = iter(data["rows"]), 0, False
    rows: list[object] = []  # read, and on no page that counts
    parts: list[tuple[Path, int]] = []  # a file, and how many of its pages count
    place: FormPlace | None = None
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".parts-") as folder:
        while not ends:
            rows += islice(waiting, PART_ROWS + 1 - len(rows))  # one more: does it go on
            some, ends = rows[:PART_ROWS], len(rows) <= PART_ROWS
            part = dict(data) | {
                "rows": some,
                "part": {
                    "starts": not parts,
                    "ends": ends,
                    "page": pages + 1,
                    "asked": len(some) if ends else len(some) - _ASKED,
                },
            }
            file = Path(folder) / f"{len(parts)}.pdf"
            render(TEMPLATE, part, file, press=press, at=at)
            if ends:
                taken, count = len(some), 0
                place = signature_place(TEMPLATE, part, press=press)
            else:
                taken, count = _whole_pages(part, press, len(some))
            parts.append((file, count))
            rows = rows[taken:]
            if not ends:
                pages += count
        as_one(parts, target)
    return None if place is None else replace(place, page=place.page + pages)


def _whole_pages(part: Mapping[str, object], press: Press, rows: int) -> tuple[int, int]:
    """How many rows of a part stand on pages that it fills, and how many pages these are."""
    content: list[dict[str, int]] = json.loads(query(TEMPLATE, part, _ROW, press=press))
    last = max(entry["page"] for entry in content)
    begins = min(entry["row"] for entry in content if entry["page"] == last)
    if begins == min(entry["row"] for entry in content):
        return rows, last  # a page with as many rows: nothing is known of those before
    return begins, last - 1
