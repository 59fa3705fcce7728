"""Opening bytes for a reader: from staging while they wait, else from whichever copy has them."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.uses import note_use, note_use_undecided, require_readable
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.intake.delivery import DELIVERY, Delivery
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.people.account import Actor
from archive_service.errors import BackendError, ConflictError, NotAllowedError, NotFoundError
from archive_service.keeping.malware.verdicts import is_infected
from archive_service.readable import Readable
from archive_service.services import Services
from archive_service.storage.acts import act_name
from archive_service.storage.content import NoSoundCopyError
from archive_service.storage.ocfl.root import read


class FileUnknownError(NotFoundError):
    """The case file, document or submission has no such file."""


class DocumentUnknownError(NotFoundError):
    """No document bears this id, or it is not this account's to know."""


class SubmissionQuarantinedError(NotAllowedError):
    """Malware or a mark of secrecy was found in it: none of its bytes goes out."""


class ReceiptNotIssuedError(ConflictError):
    """The receipt is signed only when every copy holds the case file."""


def readable_file(services: Services, code: str, file_id: UUID, *, actor: Actor) -> Readable:
    """A file of a case file, for an account that may read its document; the use is noted.

    A file of a document that is linked into it is opened where that lies.

    Raises:
        CaseFileNotFoundError, FileUnknownError: absent, or not to be known.
        ActNotAllowedError, DocumentQuarantinedError, ContentRestrictedError: not to be read.
    """
    with services.read_only() as session:
        case_file = holdings_rows.get_case_file(session, code, actor=actor)
        found = next(
            (
                (keeper, document, file)
                for keeper, document in _standing(case_file)
                for file in document.files
                if file.id == file_id
            ),
            None,
        )
    if found is None:
        raise FileUnknownError(code=code, file=file_id)
    keeper, document, file = found
    _open(services, case_file, keeper, document, actor)
    return held_file(keeper, file)


def readable_document(
    services: Services, code: str, document_id: UUID, *, actor: Actor
) -> tuple[CaseFile, Document]:
    """A document that stands in the case file, with the one that keeps it; the use is noted.

    Raises:
        CaseFileNotFoundError, DocumentUnknownError: absent, or not to be known.
        ActNotAllowedError, DocumentQuarantinedError, ContentRestrictedError: not to be read.
    """
    with services.read_only() as session:
        case_file = holdings_rows.get_case_file(session, code, actor=actor)
        standing = [both for both in _standing(case_file) if both[1].id == document_id]
    if not standing:
        raise DocumentUnknownError(id=document_id)
    keeper, document = standing[0]
    _open(services, case_file, keeper, document, actor)
    return keeper, document


def _open(
    services: Services, case_file: CaseFile, keeper: CaseFile, document: Document, actor: Actor
) -> None:
    through = None if keeper is case_file else case_file
    require_readable(actor, keeper, document, through=through)
    note_use(actor, keeper, document, database=services.database, through=through)


def _standing(case_file: CaseFile) -> Iterator[tuple[CaseFile, Document]]:
    """Its documents and those linked into it, each with the case file that keeps it."""
    for document in case_file.documents:
        yield case_file, document
    for link in case_file.standing_links:
        if link.source is not None and link.document is not None:
            yield link.source, link.document


def readable_submission_file(
    services: Services, submission_id: UUID, file_id: UUID, *, actor: Actor
) -> Readable:
    """A file of a submission that is not decided yet, as it lies in staging; the use is noted.

    Raises:
        SubmissionUnknownError, FileUnknownError: absent, or not to be known.
        ActNotAllowedError: not this account's to read.
        SubmissionQuarantinedError: malware or a mark of secrecy was found in it. A mark is looked
            at by those alone who may say that it is none.
    """
    with services.read_only() as session:
        submission = holdings_rows.get_submission(session, submission_id, actor=actor)
        file = next((row for row in submission.files if row.id == file_id), None)
    access.require(actor, "submission:read", submission)
    if is_infected(submission) or not _is_open(submission, actor):
        raise SubmissionQuarantinedError(code=submission.code)
    if file is None or not services.staging.has(file.sha256):
        raise FileUnknownError(submission=submission_id, file=file_id)
    note_use_undecided(actor, submission, file, database=services.database)
    return Readable(
        name=file.path.rpartition("/")[2],
        media_type=file.media_type or "application/octet-stream",
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        ocfl_id=None,
    )


def _is_open(submission: Submission, actor: Actor) -> bool:
    quarantined = submission.state is SubmissionState.QUARANTINED
    if quarantined and submission.is_marked:
        return access.may(actor, "submission:lift-mark", submission)
    return not (quarantined or submission.is_marked)


def get_document(session: Session, document_id: UUID, *, actor: Actor) -> tuple[CaseFile, Document]:
    """A document and its whole case file; ``DocumentUnknownError``."""
    code = session.scalar(
        select(CaseFile.code)
        .join(Document, Document.case_file_id == CaseFile.id)
        .where(
            Document.id == document_id,
            access.visible(actor, "case-file:list", CaseFile.agency_id),
        )
    )
    if code is None:
        raise DocumentUnknownError(id=document_id)
    case_file = holdings_rows.get_case_file(session, code, actor=actor)
    return case_file, next(row for row in case_file.documents if row.id == document_id)


def read_receipt(
    services: Services, code: str, *, actor: Actor, submission_id: UUID | None = None
) -> tuple[str, bytes]:
    """Number and bytes of the signed receipt, for whoever may read the submission.

    Args:
        submission_id: of what was added to the case file later; else that of the case file.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
        ActNotAllowedError: not this account's to read.
        ReceiptNotIssuedError: not yet.
        NoSoundCopyError: no copy gives the recorded bytes.

    Where the case file came in a delivery of many, the receipt is that of the delivery.
    """
    with services.read_only() as session:
        case_file = holdings_rows.get_case_file(session, code, actor=actor)
        access.require(actor, "submission:read", case_file)
        added = session.get(Submission, submission_id) if submission_id else None
        bearer = added if added is not None and added.is_addition else case_file
        number, digest = bearer.receipt_number or "", bearer.receipt_sha256 or ""
        if bearer.receipt_issued_at is None:
            raise ReceiptNotIssuedError(code=code)
        _require_delivery(session, bearer, actor)
    return number, receipt_bytes(services, case_file.ocfl_id, digest)


def _require_delivery(session: Session, bearer: CaseFile | Submission, actor: Actor) -> None:
    """A receipt of many names them all: it is for whoever may read all that was delivered."""
    shared = isinstance(bearer, CaseFile) or bearer.delivery_receipt
    delivery = session.get(Delivery, bearer.delivery_id) if bearer.delivery_id and shared else None
    if delivery is not None:
        access.require(actor, "submission:read", delivery)


def receipt_bytes(services: Services, named: str, digest: str) -> bytes:
    """From staging where it still waits, else from beside its act in a copy; always verified."""
    with services.read_only() as session:
        act = session.scalar(
            select(Act).where(Act.kind.in_((RECEIPT, DELIVERY)), Act.companion_sha256 == digest)
        )
    for data in _receipts(services, digest, act):
        if hashlib.sha256(data).hexdigest() == digest:
            return data
    raise NoSoundCopyError(object=named, sha256=digest)


def _receipts(services: Services, digest: str, act: Act | None) -> Iterator[bytes]:
    if services.staging.has(digest):
        with services.staging.open(digest) as source:
            yield source.read()
    if act is None:
        return
    key = f"acts/{act.kind}/{act_name(act)}.{act.companion_suffix}"
    for copy in services.copies:
        with suppress(BackendError, NotFoundError):
            yield read(copy, key)


def held_file(case_file: CaseFile, file: DigitalObject) -> Readable:
    """Where the bytes of a file of this case file are; whoever asks has looked at the rights."""
    held = 0 < file.version_added <= case_file.version_stored
    return Readable(
        name=file.name.rpartition("/")[2],
        media_type=file.media_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        ocfl_id=case_file.ocfl_id if held else None,
    )
