"""The copy without authentication: the pages that were granted as a file, fetched for some days.

It is made while it is fetched and kept nowhere: the same request gives the same bytes.
"""

import datetime as dt
import hashlib
from uuid import UUID

from archive_service import clock, messages
from archive_service.catalogue.holdings.uses import note_use
from archive_service.catalogue.use_requests import rules
from archive_service.catalogue.use_requests.acts import COPY, copy_code
from archive_service.catalogue.use_requests.areas import areas_of
from archive_service.catalogue.use_requests.news import record
from archive_service.catalogue.use_requests.reading import granted, granted_numbers, stored_pdf
from archive_service.domain.case_files.access_request import AccessRequest, AccessRequestState
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, NotAllowedError
from archive_service.evidence import check_codes
from archive_service.evidence.acting import acting
from archive_service.formats.pdf.facts import read_pdf
from archive_service.formats.pdf.redacted import Mark, make_redacted
from archive_service.services import VENDOR, Services

_FACE = VENDOR / "fonts" / "Tinos-Bold.ttf"


class CopyOverError(NotAllowedError):
    """The days in which the copy could be fetched are over."""


class CopyUnsealedError(ConflictError):
    """The authenticated copy is granted, and the clerk has still to seal it."""


def fetch_copy(services: Services, request_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """The copy of one's own request, and its name; each fetch leaves an event with its digest.

    It may be fetched for the days that were granted, from the seal on where it has one, and
    ``use.copy_days`` at most. BẢN SAO stands in
    the upper right corner of its first page (TT 05/2025). An authenticated one is as it was sealed.

    Raises:
        ActNotAllowedError, AccessRequestNotFoundError, ReadingEndedError
        AccessRequestStateError: no copy was granted, or it was revoked while this one was made.
        AccessRequestChangedError: areas were chosen anew meanwhile.
        CopyOverError
        CopyUnsealedError: an authenticated one that nobody sealed yet.
        AccessRequestPageError: the document has none of the pages that were granted.
    """
    row, case_file, document, pdf = granted(services, request_id, "fetch", actor)
    longest = dt.timedelta(days=services.settings.use.copy_days)
    begins = row.sealed_at or row.decided_at  # a sealed copy can be fetched from its seal on
    if row.decided_at is None or begins is None or begins + longest <= clock.now():
        raise CopyOverError(code=row.code, ordinal=row.ordinal)
    name = f"{row.code}.{row.ordinal}"
    if row.state is AccessRequestState.AUTHENTICATED:
        data = _sealed(services, row)
        _note(services, row, case_file, document, actor)
        with acting(services, rules.MAKE, actor) as session:
            record(session, "access-request:copied", row, actor, sha256=row.sealed_sha256)
        return f"{name}.pdf", data
    with stored_pdf(services, case_file, pdf) as stored:
        target = stored.with_name("copy.pdf")
        pages = granted_numbers(row, read_pdf(stored).pages)
        if not pages:
            raise rules.AccessRequestPageError(number=1)
        check = copy_code(row)
        drawn = check_codes.drawn_code(services.settings.mail.base_url, check)
        words = (messages.label("copy-form", COPY), services.settings.archive.name)
        make_redacted(
            stored,
            target,
            pages=pages,
            areas=areas_of(row),
            title=name,
            made_at=row.decided_at,
            mark=Mark(words, str(_FACE), drawn),
        )
        data = target.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    with acting(services, rules.MAKE, actor) as session:
        rules.require_as_made(row, rules.own(session, request_id, "fetch", actor))
        record(session, "access-request:copied", row, actor, pages=pages, sha256=digest)
        facts = {"kind": COPY, "sha256": digest, "request": str(row.id)}
        ends = min(row.decided_at + longest, row.until or row.decided_at + longest)
        agency = row.agency_id
        check_codes.note_handed_out(
            session, check, facts, until=ends, actor=actor, agency_id=agency
        )
    _note(services, row, case_file, document, actor)
    return f"{name}.pdf", data


def _note(
    services: Services, row: AccessRequest, case_file: CaseFile, document: Document, actor: Actor
) -> None:
    database = services.database
    note_use(actor, case_file, document, database=database, request_id=row.id, kind=row.kind)


def _sealed(services: Services, row: AccessRequest) -> bytes:
    if row.sealed_sha256 is None or not services.staging.has(row.sealed_sha256):
        raise CopyUnsealedError(code=row.code, ordinal=row.ordinal)
    with services.staging.open(row.sealed_sha256) as kept:
        return kept.read()
