"""Words of a scanned page with those that people put right, each where it stands."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from archive_service.catalogue.holdings.opening import readable_document
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document, sheet_of
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place
from digitize.documents.text_file import read_alto
from digitize.ocr.word_list import box_of
from digitize.ocr.words import Box, PageReading
from digitize.proofreading.corrections import corrections_of
from digitize.proofreading.put_right import PutRightWord, put_in_place


def pages_put_right(
    services: Services, code: str, document_id: UUID, *, actor: Actor
) -> dict[str, Any]:
    """``{pages}``: the numbers of those whose words are others than were read.

    Raises:
        CaseFileNotFoundError, DocumentUnknownError: absent, or not to be known.
        ActNotAllowedError, DocumentQuarantinedError, ContentRestrictedError: not to be read.
    """
    keeper, document = readable_document(services, code, document_id, actor=actor)
    sources = document.read_from(keeper.version_stored)
    numbers = {
        (file.sha256, 0): number for number, file in enumerate(sources, start=1) if file.page_image
    }
    with services.read_only() as session:
        corrections = corrections_of(session, [file.sha256 for file in sources])
    return {"pages": sorted(numbers.get(sheet, sheet[1]) for sheet in corrections)}


def words_put_right(
    services: Services, code: str, document_id: UUID, number: int, *, actor: Actor
) -> dict[str, Any]:
    """``{words: [{text, line, x, y, width, height}], is_upright}`` of one page.

    Places are shares of the page as it lies in its file, or as it is shown where ``is_upright``.

    Raises: as ``pages_put_right``.
    """
    keeper, document = readable_document(services, code, document_id, actor=actor)
    found = next(readings_put_right(services, keeper, document, only=number), None)
    sheet = sheet_of(document.read_from(keeper.version_stored), number)
    words = [] if found is None else _words(found[1], found[2])
    return {"words": words, "is_upright": sheet is None or sheet[1] > 0}


def readings_put_right(
    services: Services, keeper: CaseFile, document: Document, *, only: int | None = None
) -> Iterator[tuple[int, PageReading, list[PutRightWord]]]:
    """Number, words as people put them right, and what they said beside them, of its read pages.

    Args:
        keeper: the case file that keeps the document.
        only: this page alone.
    """
    _, alto = document.text_files(keeper.version_stored)
    if alto is None:
        return
    sources = document.read_from(keeper.version_stored)
    with services.read_only() as session:
        corrections = corrections_of(session, [file.sha256 for file in sources])
    with work_place(services.work_folder, "text-") as place:
        target = place / "alto.xml"
        HeldContent(services.copies, keeper.ocfl_id).fetch(alto.sha256, alto.size_bytes, target)
        for number, reading in read_alto(target):
            sheet = sheet_of(sources, number)
            if sheet is not None and only in (None, number):
                file, page = sheet
                right, beside = put_in_place(reading, corrections.get((file.sha256, page), ()))
                yield number, right, beside


def _words(right: PageReading, left: Sequence[PutRightWord]) -> list[dict[str, Any]]:
    words = [
        _word(word.text, line, right.on_page(word), right)
        for line, words in enumerate(each.words for each in right.lines)
        for word in words
    ]
    beside = enumerate(
        (correction for correction in left if correction.becomes), start=len(right.lines)
    )
    return words + [
        _word(correction.becomes, line, box_of(correction), right) for line, correction in beside
    ]


def _word(text: str, line: int, box: Box, page: PageReading) -> dict[str, Any]:
    left, top, right, bottom = box
    width, height = max(page.width_px, 1), max(page.height_px, 1)
    return {
        "text": text,
        "line": line,
        "x": round(left / width, 5),
        "y": round(top / height, 5),
        "width": round((right - left) / width, 5),
        "height": round((bottom - top) / height, 5),
    }
