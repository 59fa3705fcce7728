"""Stored pages with their words put right, for the index; and those with words to be proofread.

What was read lies in the package, so a rebuild counts them again, and a text read anew does too.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document, FileRole, sheet_of
from archive_service.domain.digitization.page_reading import (
    DoubtfulPage,
    Sheet,
    WordCorrection,
    weight_of,
)
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place
from digitize.documents.text_file import read_alto
from digitize.proofreading.corrections import corrections_of, doubtful_left, word_list
from digitize.proofreading.put_right import with_put_right


@dataclass(frozen=True, slots=True)
class PutRight:
    """What people said of the words of some case files: of each page, and of words by agency."""

    corrections: Mapping[Sheet, Sequence[WordCorrection]]
    known: Mapping[UUID, Collection[str]]

    def standing(self) -> frozenset[UUID]:
        """The corrections that hold: equal ones make equal texts of the same package."""
        return frozenset(row.id for rows in self.corrections.values() for row in rows)


@dataclass(slots=True)
class LookedOver:
    """Of one case file: the text of every page with a correction, and the pages in the queue."""

    texts: dict[tuple[int, int], str] = field(default_factory=dict)  # by ordinal and page number
    doubtful: list[DoubtfulPage] = field(default_factory=list)


def put_right_in(session: Session, case_files: Sequence[CaseFile]) -> PutRight:
    """What was said so far."""
    ids = [row.id for row in case_files]
    received = select(DigitalObject.sha256).where(
        DigitalObject.case_file_id.in_(ids), DigitalObject.role == FileRole.ORIGINAL
    )
    agencies = {row.agency_id for row in case_files}
    known = {agency: frozenset(word_list(session, agency).known) for agency in agencies}
    return PutRight(corrections_of(session, received), known)


def look_over(
    case_file: CaseFile, put_right: PutRight, *, content: HeldContent, folder: Path, sure: float
) -> LookedOver:
    """Its pages with words that nobody has looked at, or that somebody put right.

    Args:
        sure: from this confidence, 0 to 100, on a word is not doubtful.
    """
    found = LookedOver()
    for document in case_file.documents:
        _, alto = document.text_files(case_file.version_stored)
        if alto is None or document.quarantined:
            continue
        with work_place(folder, "text-") as place:
            target = place / "alto.xml"
            content.fetch(alto.sha256, alto.size_bytes, target)
            _pages(found, case_file, document, target, put_right, sure)
    return found


def note_doubtful(session: Session, case_files: Collection[UUID], rows: list[DoubtfulPage]) -> None:
    """Replace what was counted of these case files."""
    session.execute(delete(DoubtfulPage).where(DoubtfulPage.case_file_id.in_(case_files)))
    session.add_all(rows)


def page_values(
    case_file_id: UUID, ordinal: int, number: int, sheet: tuple[DigitalObject, int]
) -> dict[str, Any]:
    """The columns of a page of a document without anything doubtful."""
    file, page = sheet
    return {
        "id": uuid5(case_file_id, f"{ordinal}.{number}"),
        "case_file_id": case_file_id,
        "ordinal": ordinal,
        "number": number,
        "name": f"{file.name}#{page}" if page else file.name,
        "image_sha256": file.sha256,
        "page": page,
        "first": False,
        "doubtful_words": 0,
        "weight": 0,
    }


def _pages(
    found: LookedOver,
    case_file: CaseFile,
    document: Document,
    alto: Path,
    put_right: PutRight,
    sure: float,
) -> None:
    sources = document.read_from(case_file.version_stored)
    known = put_right.known[case_file.agency_id]
    first = True
    for number, reading in read_alto(alto):
        sheet = sheet_of(sources, number)
        if sheet is None:
            continue
        rows = put_right.corrections.get((sheet[0].sha256, sheet[1]), ())
        if rows:
            found.texts[document.ordinal, number] = with_put_right(reading, rows)
        left = doubtful_left(reading, rows, known, sure=sure)
        if left or rows:
            values = page_values(case_file.id, document.ordinal, number, sheet)
            weight = weight_of(left, first=first)
            facts = {"first": first, "doubtful_words": left, "weight": weight}
            found.doubtful.append(DoubtfulPage(**values | facts))
        first = first and not reading.lines
