"""The reading copy: pictures of pages with archive and reader at the foot, and never the file.

Each picture is made for the one who asked, while it is asked for, and is kept nowhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from archive_service import access, clock
from archive_service.catalogue.holdings.uses import note_use, require_kept
from archive_service.catalogue.use_requests import rules
from archive_service.catalogue.use_requests.areas import areas_of
from archive_service.catalogue.use_requests.documents import (
    AccessRequestDocument,
    request_document,
)
from archive_service.catalogue.use_requests.news import record
from archive_service.catalogue.use_requests.pace import count_page
from archive_service.domain.case_files.access_request import LONGEST_TERM, AccessRequest
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.people.account import Actor
from archive_service.errors import NotAllowedError
from archive_service.formats.pdf.facts import read_pdf
from archive_service.formats.pdf.reading_page import make_reading_page
from archive_service.formats.pdf.use_copy import parse_pages
from archive_service.services import VENDOR, Services
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place


class ReadingEndedError(NotAllowedError):
    """The days of reading are over, or the document is closed to everybody by now."""


def reading_copy(
    services: Services, request_id: UUID, *, actor: Actor
) -> tuple[AccessRequestDocument, list[int]]:
    """The request, and the pages that the one who asked may read.

    Raises:
        AccessRequestNotFoundError, AccessRequestStateError, ReadingEndedError
        AccessRequestPageError: there is nothing that could be shown page by page.
    """
    row, case_file, _, pdf = granted(services, request_id, "read", actor)
    with stored_pdf(services, case_file, pdf) as stored:
        return request_document(row), granted_numbers(row, read_pdf(stored).pages)


def reading_page(services: Services, request_id: UUID, number: int, *, actor: Actor) -> bytes:
    """One page as a picture; its use leaves an event.

    Raises: as ``reading_copy``.
        ReadingPaceError: too many of them in a minute.
    """
    row, case_file, document, pdf = granted(services, request_id, "read", actor)
    count_page(services, actor)
    foot = (
        f"{services.settings.archive.name} · {row.person} · "
        f"{clock.local(clock.now()):%d/%m/%Y %H:%M} · {case_file.code}"
    )
    with stored_pdf(services, case_file, pdf) as stored:
        if number not in granted_numbers(row, read_pdf(stored).pages):
            raise rules.AccessRequestPageError(number=number)
        fonts, areas = VENDOR / "fonts", areas_of(row)
        picture = make_reading_page(stored, number, foot, fonts=fonts, areas=areas)
    database = services.database
    note_use(actor, case_file, document, database=database, request_id=row.id, kind=row.kind)
    note_first(services, row, actor)
    return picture


def granted(
    services: Services, request_id: UUID, act: str, actor: Actor
) -> tuple[AccessRequest, CaseFile, Document, DigitalObject]:
    """One's own request and what may be had of it; ``act`` is ``read`` or ``fetch``.

    Raises: as ``reading_copy``.
    """
    access.require(actor, rules.MAKE)
    with services.read_only() as session:
        row = rules.own(session, request_id, act, actor)
        case_file = session.get(CaseFile, row.case_file_id)
        if row.is_over or (act == "read" and _is_read(row)) or case_file is None:
            raise ReadingEndedError(code=row.code, ordinal=row.ordinal)
        require_kept(case_file)
        document = case_file.document_at(row.ordinal)
        closed = document is None or document.recalled_at is not None or document.quarantined
        if document is None or closed:
            raise ReadingEndedError(code=row.code, ordinal=row.ordinal)
        pdf = shown_pdf(row, case_file, document)
    return row, case_file, document, pdf


def _is_read(row: AccessRequest) -> bool:
    """Whether the days of reading page by page are gone; a sealed copy is fetched for longer."""
    begun = row.decided_at or row.asked_at
    return begun + LONGEST_TERM <= clock.now()


def shown_pdf(row: AccessRequest, case_file: CaseFile, document: Document) -> DigitalObject:
    """The PDF on which areas were chosen, else the one that a reader opens.

    Raises:
        AccessRequestPageError: there is none.
    """
    if row.areas:
        pdf = next((file for file in document.files if file.sha256 == row.areas_of), None)
    else:
        pdf = document.readable_pdf(case_file.version_stored)
    if pdf is None:
        raise rules.AccessRequestPageError(number=1)
    return pdf


@contextmanager
def stored_pdf(services: Services, case_file: CaseFile, pdf: DigitalObject) -> Iterator[Path]:
    """The PDF in a place of its own, which is gone afterwards."""
    with work_place(services.work_folder, "read-") as place:
        path = place / "stored.pdf"
        held = HeldContent(services.copies, case_file.ocfl_id)
        held.fetch(pdf.sha256, pdf.size_bytes, path)
        yield path


def granted_numbers(row: AccessRequest, count: int) -> list[int]:
    """The pages that may be read, of a document of ``count``."""
    every = list(range(1, count + 1))
    if not row.pages:
        return every
    chosen = set(parse_pages(row.pages, max(count, 1_000_000)))
    return [number for number in every if number in chosen]


def note_first(services: Services, found: AccessRequest, actor: Actor) -> None:
    """Note that what was granted is read for the first time."""
    if found.read_at is not None:
        return
    with services.unit_of_work() as uow:
        row = uow.session.get_one(AccessRequest, found.id, with_for_update=True)
        if row.read_at is None:
            row.read_at = clock.now()
            record(uow.session, "access-request:read", row, actor, wants=row.wants.value)
            uow.commit()
