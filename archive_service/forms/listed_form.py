"""Lists of any length behind a form, printed in parts: memory stays flat."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.formats.pdf.pdfa import FLAVOUR
from archive_service.forms.typst_form import TEMPLATES, Press, render

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pikepdf

LIST_TEMPLATE = TEMPLATES / "danh_sach.typ"
PART_ROWS = 100  # so many lines are laid out together
_OPEN = 64  # PDFs at once: each takes a file descriptor


@dataclass(frozen=True, slots=True)
class LongList:
    """A list behind a form; ``digest_at`` is the column that holds a SHA-256, if there is one."""

    heading: str
    heads: Sequence[str]
    widths: Sequence[float]
    rows: "Iterable[Sequence[str]]"
    centred: Sequence[int] = ()
    digest_at: int = -1


def joined(
    first: Path, lists: Sequence[LongList], *, title: str, press: Press, at: dt.datetime
) -> Path:
    """The PDF ``first`` with the lists behind it, as PDF/A-2b in its folder.

    Raises what ``render`` raises.
    """
    parts, pages = [(first, 0)], _pages_of(first)
    for number, (part, rows, heading) in enumerate(_parts(lists)):
        file = first.parent / f"part-{number}.pdf"
        render(
            LIST_TEMPLATE, _part(part, rows, title, pages + 1, heading), file, press=press, at=at
        )
        parts.append((file, 0))
        pages += _pages_of(file)
    target = first.with_name("joined.pdf")
    as_one(parts, target)
    return target


def as_one(parts: Sequence[tuple[Path, int]], target: Path) -> None:
    """PDF/A-2b of the first pages of each of some PDFs; 0 of them: of all its pages.

    What many are put together in lies beside the first of them.
    """
    beside, level = parts[0][0], 0
    while len(parts) > _OPEN:  # first some of them as one, then these
        level += 1
        groups = [parts[at : at + _OPEN] for at in range(0, len(parts), _OPEN)]
        places = [beside.with_name(f"joined-{level}-{at}.pdf") for at in range(len(groups))]
        for group, place in zip(groups, places, strict=True):
            _as_one(group, place)
        parts = [(place, 0) for place in places]
    _as_one(parts, target)


def _as_one(parts: Sequence[tuple[Path, int]], target: Path) -> None:
    import pikepdf

    with ExitStack() as stack:
        (first, count), *others = parts
        whole = stack.enter_context(pikepdf.open(first))
        if count:
            del whole.pages[count:]
        for file, count in others:
            part = stack.enter_context(pikepdf.open(file))
            whole.pages.extend(part.pages[: count or None])
        save_pdfa(whole, target)


def _pages_of(file: Path) -> int:
    import pikepdf

    with pikepdf.open(file) as pdf:
        return len(pdf.pages)


def save_pdfa(whole: "pikepdf.Pdf", target: Path) -> None:
    """Write what was put together as PDF/A-2b; equal parts give equal bytes."""
    from pikepdf import pdfa

    _untag(whole)
    _count_pages(whole)
    whole.save(target, **pdfa.resolve_save_kwargs(FLAVOUR, deterministic_id=True))


def _parts(lists: Sequence[LongList]) -> Iterator[tuple[LongList, Sequence[Sequence[str]], str]]:
    for long_list in lists:
        heading = long_list.heading
        waiting = iter(long_list.rows)
        while rows := list(islice(waiting, PART_ROWS)):
            yield long_list, rows, heading
            heading = ""


def _part(
    long_list: LongList, rows: Sequence[Sequence[str]], title: str, page: int, heading: str
) -> dict[str, object]:
    return {
        "title": title,
        "heading": heading,
        "page": page,
        "heads": list(long_list.heads),
        "widths": list(long_list.widths),
        "centred": list(long_list.centred),
        "digest_at": long_list.digest_at,
        "rows": [list(row) for row in rows],
    }


def _untag(pdf: "pikepdf.Pdf") -> None:
    """The tags of each part number their pages anew: joined they would tell nothing true."""
    for key in ("/StructTreeRoot", "/MarkInfo"):
        if key in pdf.Root:
            del pdf.Root[key]
    for page in pdf.pages:
        for key in ("/StructParents", "/Tabs"):
            if key in page:
                del page[key]


def _count_pages(pdf: "pikepdf.Pdf") -> None:
    """The description tells the pages of all parts, not those of the first."""
    packet = pdf.Root.Metadata.read_bytes()
    count = str(len(pdf.pages)).encode()
    pdf.Root.Metadata.write(re.sub(rb"(<xmpTPg:NPages>)\d+", rb"\g<1>" + count, packet))
