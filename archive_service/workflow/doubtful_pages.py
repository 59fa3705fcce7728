"""Pages of stored documents with words to be proofread: counted whenever these are indexed.

What was read lies in the package, so a rebuild counts them again, and a text read anew does too.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive_service.domain.case_file import CaseFile
from archive_service.domain.document import DigitalObject, Document, FileRole, sheet_of
from archive_service.domain.page_reading import DoubtfulPage, Sheet, WordCorrection, weight_of
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place
from archive_service.workflow.corrections import corrections_of, doubtful_left, word_list
from digitize.text_file import read_alto


@dataclass(frozen=True, slots=True)
class PutRight:
    """What people said of the words of some case files: of each page, and of words by agency."""

    corrections: Mapping[Sheet, Sequence[WordCorrection]]
    known: Mapping[UUID, Collection[str]]

    def texts(self) -> dict[Sheet, str]:
        """What the index adds to the text of each page: the words put right."""
        texts = {
            sheet: "".join(f"{row.becomes}\n" for row in rows if row.becomes != row.was)
            for sheet, rows in self.corrections.items()
        }
        return {sheet: text for sheet, text in texts.items() if text}


def put_right_in(session: Session, case_files: Sequence[CaseFile]) -> PutRight:
    """What was said so far."""
    ids = [row.id for row in case_files]
    received = select(DigitalObject.sha256).where(
        DigitalObject.case_file_id.in_(ids), DigitalObject.role == FileRole.ORIGINAL
    )
    agencies = {row.agency_id for row in case_files}
    known = {one: frozenset(word_list(session, one).known) for one in agencies}
    return PutRight(corrections_of(session, received), known)


def count_doubtful(
    case_file: CaseFile, said: PutRight, *, content: HeldContent, folder: Path, sure: float
) -> list[DoubtfulPage]:
    """Rows of its pages with words that nobody has looked at, or that somebody put right.

    Args:
        sure: from this confidence, 0 to 100, on a word is not doubtful.
    """
    found: list[DoubtfulPage] = []
    known = said.known[case_file.agency_id]
    for document in case_file.documents:
        _, alto = document.text_files(case_file.version_stored)
        if alto is None or document.quarantined:
            continue
        with work_place(folder, "text-") as place:
            target = place / "alto.xml"
            content.fetch(alto.sha256, alto.size_bytes, target)
            found += _pages(case_file, document, target, said.corrections, known, sure)
    return found


def note_doubtful(session: Session, case_files: Collection[UUID], rows: list[DoubtfulPage]) -> None:
    """Replace what was counted of these case files."""
    session.execute(delete(DoubtfulPage).where(DoubtfulPage.case_file_id.in_(case_files)))
    session.add_all(rows)


def _pages(
    case_file: CaseFile,
    document: Document,
    alto: Path,
    corrections: Mapping[Sheet, Sequence[WordCorrection]],
    known: Collection[str],
    sure: float,
) -> Iterator[DoubtfulPage]:
    sources = document.read_from(case_file.version_stored)
    first = True
    for number, reading in read_alto(alto):
        sheet = sheet_of(sources, number)
        if sheet is None or not reading.lines:
            continue
        file, page = sheet
        rows = corrections.get((file.sha256, page), ())
        left = doubtful_left(reading, rows, known, sure=sure)
        if left or rows:
            yield DoubtfulPage(
                id=uuid5(case_file.id, f"{document.ordinal}.{number}"),
                case_file_id=case_file.id,
                ordinal=document.ordinal,
                number=number,
                name=f"{file.name}#{page}" if page else file.name,
                image_sha256=file.sha256,
                page=page,
                first=first,
                doubtful_words=left,
                weight=weight_of(left, first=first),
            )
        first = False
