"""The authenticated copy: granted by whoever decides, sealed by the clerk, fetched by who asked."""

import io
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from archive_service import access, clock, messages
from archive_service.catalogue.holdings.uses import require_readable
from archive_service.catalogue.use_requests import rules
from archive_service.catalogue.use_requests.acts import COPY, copy_code
from archive_service.catalogue.use_requests.areas import areas_of
from archive_service.catalogue.use_requests.documents import (
    AccessRequestDocument,
    request_document,
)
from archive_service.catalogue.use_requests.news import record, tell_sealed
from archive_service.catalogue.use_requests.reading import (
    ReadingEndedError,
    granted_numbers,
    shown_pdf,
    stored_pdf,
)
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.evidence import check_codes
from archive_service.evidence.acting import acting
from archive_service.formats.pdf.facts import read_pdf
from archive_service.formats.pdf.redacted import make_redacted
from archive_service.packaging.compared_now import require_as_packaged
from archive_service.packaging.copy_facts import Keepers, copy_facts
from archive_service.services import Services
from archive_service.signing.copies.issuing import EXTRACT, SealedCopy, make_sealed, source_of
from archive_service.signing.copies.orders import agency_of
from archive_service.signing.copies.sealed import FIELD
from archive_service.signing.seals.acts import note_use, open_seal
from archive_service.signing.seals.at_work import sealing

_WHOLE = "sao-y"


def seal_access_request(
    services: Services, request_id: UUID, *, actor: Actor
) -> AccessRequestDocument:
    """Seal the copy that was granted: SAO Y of the whole document, TRÍCH SAO of a part of it.

    It is kept for the one who asked as long as it may be fetched, then it is gone: for the days
    that were granted, which begin with the seal.

    Raises:
        ActNotAllowedError, AccessRequestNotFoundError, AccessRequestStateError
        AccessRequestOwnError: who asked does not seal.
        AccessRequestSealedError: it is sealed.
        SealAtWorkError: it is being sealed.
        ReadingEndedError: its days are over, or the document is closed.
        AccessRequestPageError: the document has none of the pages that were granted.
        AccessRequestChangedError: pages or areas are others by now.
        SealNotHeldError, SigningKeyNotFoundError …: the seal cannot be used.
        RowDiffersError, RowsDifferError: a copy or the log tells otherwise, nobody knows why.
    """
    access.require(actor, rules.SEAL)
    _found(services, request_id, actor)  # who is not to seal it holds nobody up
    with sealing(services, str(request_id)):
        return _seal(services, request_id, actor)


def _seal(services: Services, request_id: UUID, actor: Actor) -> AccessRequestDocument:
    found, case_file, keepers = _found(services, request_id, actor)
    row = found
    document = case_file.document_at(row.ordinal)
    if document is None or row.is_over:
        raise ReadingEndedError(code=row.code, ordinal=row.ordinal)
    require_readable(actor, case_file, document)
    source = shown_pdf(row, case_file, document) if row.areas else source_of(case_file, document)
    seal = open_seal(services, agency_of(services, actor), actor=actor)
    require_as_packaged(services.database, [case_file.id], services.copies)
    at, check = clock.now().replace(microsecond=0), copy_code(row)
    form = EXTRACT if row.pages or row.areas else _WHOLE
    title = f"{row.code}.{row.ordinal}"  # a subject may name whom an area hides
    with stored_pdf(services, case_file, source) as stored:
        numbers = granted_numbers(row, read_pdf(stored).pages)
        if not numbers:
            raise rules.AccessRequestPageError(number=1)
        copy = SealedCopy(
            path=stored,
            pages=numbers if row.pages else [],
            title=title if row.areas else document.subject,
            about=copy_facts(case_file, document, keepers),
            form=f"{messages.label('copy-form', COPY)} ({messages.label('copy-form', form)})",
            check=check_codes.drawn_code(services.settings.mail.base_url, check),
        )
        if row.areas:
            about = replace(copy.about, issuer="")  # a person's letter names them so
            black = _blackened(row, stored, numbers, title)
            copy = replace(copy, path=black, pages=[], about=about)
        staged = services.staging.receive(io.BytesIO(make_sealed(services, copy, seal, at=at)))
    with acting(services, rules.SEAL, actor) as session:
        row = rules.to_decide(session, request_id, "seal", actor)
        _require_unsealed(services, row)
        rules.require_as_made(found, row)
        begun = row.sealed_at or row.decided_at
        if row.until is not None and begun is not None:
            row.until += at - begun  # its days begin now
        row.sealed_sha256, row.sealed_at = staged.sha256, at
        until = row.until and clock.iso(row.until)
        facts = {"form": form, "pages": numbers, "sha256": staged.sha256, "until": until}
        note_use(session, seal, actor, field=FIELD, sha256=staged.sha256, document=title)
        record(session, "access-request:sealed", row, actor, **facts)
        handed = {"kind": form, "sha256": staged.sha256, "request": str(row.id)}
        check_codes.note_handed_out(session, check, handed, actor=actor, agency_id=row.agency_id)
        tell_sealed(session, row)
        return request_document(row)


def _found(
    services: Services, request_id: UUID, actor: Actor
) -> tuple[AccessRequest, CaseFile, Keepers]:
    with services.read_only() as session:
        row = rules.to_decide(session, request_id, "seal", actor)
        _require_unsealed(services, row)
        case_file = session.get(CaseFile, row.case_file_id)
        if case_file is None:
            raise ReadingEndedError(code=row.code, ordinal=row.ordinal)
        _ = [document.files for document in case_file.documents]
        agency = session.get_one(Agency, case_file.agency_id).name
        return row, case_file, Keepers(agency, services.settings.archive.name)


def _require_unsealed(services: Services, row: AccessRequest) -> None:
    """What was sealed and is lost meanwhile, as with a disk, is sealed again."""
    if row.sealed_sha256 is not None and services.staging.has(row.sealed_sha256):
        raise rules.AccessRequestSealedError(code=row.code, ordinal=row.ordinal)


def _blackened(row: AccessRequest, stored: Path, numbers: list[int], title: str) -> Path:
    """The pages with their areas black, as pictures alone."""
    target, at = stored.with_name("blackened.pdf"), row.decided_at or clock.now()
    areas = areas_of(row)
    make_redacted(stored, target, pages=numbers, areas=areas, title=title, made_at=at)
    return target
