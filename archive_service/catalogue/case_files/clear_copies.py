"""Scanned pages as they are read best: one for the viewer, or all as a small PDF.

They are made when somebody asks, of the page images or of the PDF that has them, and kept for some
minutes in the memory of this process. What is kept of the document does not change by it.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from uuid import UUID

from archive_service import clock
from archive_service.catalogue.case_files.access_copies import AccessCopy
from archive_service.catalogue.case_files.kept import Kept
from archive_service.catalogue.case_files.page_words import readings_put_right
from archive_service.catalogue.holdings.opening import FileUnknownError, readable_document
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document, sheet_of
from archive_service.domain.people.account import Actor
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.output import Output
from archive_service.forms.access_copy import AccessCopyImpossibleError
from archive_service.packaging.copy_facts import Keepers, copy_facts
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place
from digitize.looks.clear_copy import ClearWord, Source, clear_copy_here, clear_page_here
from digitize.ocr.words import PageReading

_MOST_PAGES = 300  # of the PDF: some two minutes
_MOST_BYTES = 256 << 20
_PAGE_S, _COPY_S = 30, 300
_MEMORY_MIB = 1536
_kept = Kept(most_bytes=64 << 20, for_s=600)


@dataclass(frozen=True, slots=True)
class ClearPage:
    """A page as a JPEG; ``words`` is the JSON that the viewer asks for."""

    image: bytes
    words: bytes
    etag: str


def clear_page(
    services: Services, code: str, document_id: UUID, number: int, *, actor: Actor
) -> ClearPage:
    """One page; the use is noted.

    Raises:
        CaseFileNotFoundError, DocumentUnknownError, FileUnknownError: absent, or not to be known.
        ActNotAllowedError, DocumentQuarantinedError, ContentRestrictedError: not to be read.
        AccessCopyImpossibleError: damaged, or too large.
    """
    keeper, document = readable_document(services, code, document_id, actor=actor)
    sheet = _sheet(keeper, document, number)
    readings = readings_put_right(services, keeper, document, only=number)
    reading = next((reading_words for _, reading_words, _ in readings), None)
    etag = _etag([sheet], [reading])
    image, words = _kept.get(f"{etag} image"), _kept.get(f"{etag} words")
    if image is None or words is None:
        with work_place(services.work_folder, "page-image-") as place:
            (source,) = _sources(services, keeper, [sheet], [reading], place)
            image, placed = _apart(services, source)
        facts = {"words": [asdict(word) for word in placed], "is_upright": True}
        words = json.dumps(facts).encode()
        _kept.put(f"{etag} image", image)
        _kept.put(f"{etag} words", words)
    return ClearPage(image, words, etag)


def clear_copy(
    services: Services,
    code: str,
    document_id: UUID,
    *,
    actor: Actor,
    most_pages: int = _MOST_PAGES,
) -> AccessCopy:
    """All pages as a PDF/A-2b with their words; the use is noted. Raises as ``clear_page``."""
    keeper, document = readable_document(services, code, document_id, actor=actor)
    readings = {
        n: pages_words for n, pages_words, _ in readings_put_right(services, keeper, document)
    }
    count = max(readings, default=0) or len(document.page_images())
    if not count:
        raise FileUnknownError(code=code, file=str(document_id))
    if count > most_pages:
        raise AccessCopyImpossibleError(reason=f"more than {most_pages} pages")
    sheets = [_sheet(keeper, document, number) for number in range(1, count + 1)]
    pages_words = [readings.get(number) for number in range(1, count + 1)]
    etag = _etag(sheets, pages_words)
    data = _kept.get(etag)
    if data is None:
        data = _made(services, keeper, document, sheets, pages_words)
        _kept.put(etag, data)
    return AccessCopy(f"{code}-{document.ordinal}-clear.pdf", data, etag)


_Sheet = tuple[DigitalObject, int]


def _sheet(keeper: CaseFile, document: Document, number: int) -> _Sheet:
    """The image of a page, or the PDF that has it: its searchable twin, where there is one."""
    sheet = sheet_of(document.read_from(keeper.version_stored), number)
    if sheet is None:
        raise FileUnknownError(code=keeper.code, file=str(number))
    file, page = sheet
    if page:
        twins = [twin for twin in document.twins_of(file) if not twin.is_superseded()]
        file = twins[-1] if twins else file
    if file.size_bytes > _MOST_BYTES:
        raise AccessCopyImpossibleError(reason=f"more than {_MOST_BYTES >> 20} MiB")
    return file, page


def _sources(
    services: Services,
    keeper: CaseFile,
    sheets: Sequence[_Sheet],
    readings: Sequence[PageReading | None],
    place: Path,
) -> Iterator[Source]:
    content = HeldContent(services.copies, keeper.ocfl_id)  # its inventory is read once
    here: dict[str, Path] = {}
    for (file, page), reading in zip(sheets, readings, strict=True):
        if file.sha256 not in here:
            here[file.sha256] = place / f"{len(here)}{Path(file.path).suffix}"
            content.fetch(file.sha256, file.size_bytes, here[file.sha256])
        turn_deg = 0 if page else file.turn_deg
        yield Source(here[file.sha256], page, turn_deg, file.dpi, reading)


def _apart(services: Services, source: Source) -> tuple[bytes, list[ClearWord]]:
    made = run_limited(
        clear_page_here, source, services.settings.limits.page_pixels,
        limit_s=_PAGE_S, memory_mib=_MEMORY_MIB,
    )  # fmt: skip
    if isinstance(made, ParserFailure):
        raise AccessCopyImpossibleError(reason=f"{made.reason.value}: {made.detail}"[:300])
    return made


def _made(
    services: Services,
    keeper: CaseFile,
    document: Document,
    sheets: Sequence[_Sheet],
    readings: Sequence[PageReading | None],
) -> bytes:
    with services.read_only() as session:
        agency = session.get_one(Agency, keeper.agency_id).name
    about = copy_facts(keeper, document, Keepers(agency, services.keeper.archive_name))
    with work_place(services.work_folder, "text-") as place:
        sources = list(_sources(services, keeper, sheets, readings, place))
        target = place / "clear.pdf"
        made = run_limited(
            clear_copy_here, sources, Output(target), services.settings.limits.page_pixels,
            document.subject, clock.now(), replace(about, source_digest=sheets[0][0].sha256),
            limit_s=_COPY_S, memory_mib=_MEMORY_MIB,
        )  # fmt: skip
        if isinstance(made, ParserFailure):
            raise AccessCopyImpossibleError(reason=f"{made.reason.value}: {made.detail}"[:300])
        return target.read_bytes()


def _etag(sheets: Sequence[_Sheet], readings: Sequence[PageReading | None]) -> str:
    described = [f"{file.sha256} {page} {file.turn_deg} {file.dpi}" for file, page in sheets]
    return hashlib.sha256(f"clear-1 {described} {readings}".encode()).hexdigest()
