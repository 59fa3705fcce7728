"""``case export --form pdf``: a whole case file in order of time as one PDF."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from archive_service.formats.pdf.drawn import drawn
from archive_service.packaging.joined_pdf import PdfJoiner, page_count
from archive_service.packaging.model import Package, PackageDocument, PackageFile, PremisEvent
from archive_service.packaging.reading_order.content import (
    IndexRow,
    Words,
    circular_words,
    facts_of,
    facts_of_document,
    history_rows,
    in_time_order,
    index_row,
    printable,
)
from archive_service.storage.work_folder import work_place

TEMPLATE = Path(__file__).parents[1] / "templates" / "case_file.typ"

PART_ROWS = 100  # documents or events laid out together: memory grows with these alone

OpenFile = Callable[[PackageFile], IO[bytes]]


@dataclass(frozen=True, slots=True)
class OrderedPdf:
    """What was written; ``left_out`` are names of files that cannot be shown as pages."""

    path: Path
    pages: int
    left_out: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Joined:
    """A document with its place among the pages of all documents, counted from 0."""

    document: PackageDocument
    row: IndexRow
    first: int
    pages: int
    left_out: Sequence[str]


def write_case_pdf(
    target: Path,
    package: Package,
    *,
    open_file: OpenFile,
    history: Sequence[PremisEvent],
    font_paths: Sequence[Path],
    words: Words = circular_words,
    trial: str = "",
) -> OrderedPdf:
    """Data and index, then every document in order of time, then their data and the history.

    A file without pages of its own (text, sound) and one that cannot be read are named in the
    index. ``words`` tells what a code means, ``history`` what was done, events outside the
    package included. Pages are copied as they are, so a signature in them no longer verifies:
    the signed file is in the AIP.
    """
    with work_place(target.parent, ".export-") as folder:
        joiner = PdfJoiner(folder)
        joined = [_take(joiner, document, open_file, words) for document in in_time_order(package)]
        typesetter = _Typesetter(folder, package, font_paths, trial)
        front, front_pages = typesetter.front(facts_of(package, words), joined)
        documents = [
            {
                "heading": f"{number}. {each.row.type_and_abstract}",
                "facts": facts_of_document(package, each.document, words),
            }
            for number, each in enumerate(joined, 1)
        ]
        first_after = front_pages + joiner.pages + 1
        back, back_pages = typesetter.in_parts("documents", documents, first_after)
        last, _ = typesetter.in_parts(
            "history", history_rows(history, words), first_after + back_pages
        )
        bookmarks = [
            (each.row.type_and_abstract, front_pages + each.first) for each in joined if each.pages
        ]
        unfinished = folder / "joined.pdf"
        joiner.write(unfinished, before=front, after=[*back, *last], bookmarks=bookmarks)
        pages = page_count(unfinished)
        unfinished.replace(target)
    return OrderedPdf(target, pages, [name for each in joined for name in each.left_out])


def _take(
    joiner: PdfJoiner, document: PackageDocument, open_file: OpenFile, words: Words
) -> _Joined:
    first = joiner.pages
    shown = printable(document)
    left_out = []
    for file in shown:
        with open_file(file) as source:
            if not joiner.add(source, is_image=file.media_type.startswith("image/")):
                left_out.append(file.original_name or file.path)
    if not shown:
        left_out = [file.original_name or file.path for file in document.files]
    return _Joined(document, index_row(document, words), first, joiner.pages - first, left_out)


class _Typesetter:
    """Our own pages, as PDF/A-2b, below a temporary folder."""

    def __init__(
        self, folder: Path, package: Package, font_paths: Sequence[Path], trial: str
    ) -> None:
        self._folder = folder
        self._fonts = [str(path) for path in font_paths]
        self._shared = {
            "title": package.label,
            "code": package.fields.get("fileCode") or package.fields.get("arcFileCode", ""),
            "agency": package.agency_name,
            "archive": package.archive_name,
            "trial": trial,
        }

    def front(
        self, facts: Sequence[tuple[str, str]], joined: Sequence[_Joined]
    ) -> tuple[list[Path], int]:
        """Data and index. Set again until the index names the pages its own length gives."""
        pages = 0
        for _ in range(4):
            rows = [_row(number, each, pages) for number, each in enumerate(joined, 1)]
            before = pages
            paths, pages = self.in_parts("front", rows, 1, facts=facts)
            if pages == before:
                break
        return paths, pages

    def in_parts(
        self, part: str, rows: Sequence[object], first_page: int, **more: object
    ) -> tuple[list[Path], int]:
        """Files of so many rows each, every one from a page of its own, and their pages."""
        paths: list[Path] = []
        pages = 0
        for at in range(0, max(1, len(rows)), PART_ROWS):
            some = {"rows": rows[at : at + PART_ROWS], "starts": not paths, **more}
            name = f"{part}-{len(paths):05}"
            paths.append(self._set(part, name, first_page=first_page + pages, **some))
            pages += page_count(paths[-1])
        return paths, pages

    def _set(self, part: str, name: str, **data: object) -> Path:
        import typst

        path = self._folder / f"{name}.pdf"
        facts = {"part": part, **self._shared, **data}
        typst.compile(
            str(TEMPLATE),
            output=str(path),
            font_paths=self._fonts,
            ignore_system_fonts=True,
            sys_inputs={"data": drawn(facts, Path(self._fonts[0]))},
            pdf_standards="a-2b",
        )
        return path


def _row(number: int, joined: _Joined, front_pages: int) -> list[str]:
    row = joined.row
    page = str(front_pages + joined.first + 1) if joined.pages else ""
    note = "; ".join(part for part in (row.note, *joined.left_out) if part)
    return [
        str(number),
        row.number_and_symbol,
        row.date,
        row.type_and_abstract,
        row.author,
        page,
        note,
    ]
