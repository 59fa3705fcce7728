"""Who reads what: content that is not open to all leaves an event in the audit trail."""

import datetime as dt

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import AUDIT_LOCK, Database
from archive_service.domain.account import Actor
from archive_service.domain.audit_event import AuditEvent
from archive_service.domain.case_file import CaseFile
from archive_service.domain.document import Document
from archive_service.errors import NotAllowedError

TAG = "document:read"
ONE_USE = dt.timedelta(minutes=15)  # further reading within it is the same use


class DocumentQuarantinedError(NotAllowedError):
    """The document is closed to every reader."""

    code = "document-quarantined"


class ContentRestrictedError(NotAllowedError):
    """Open on conditions only, and this account has not met them."""

    code = "content-restricted"


def mode_of(case_file: CaseFile, document: Document) -> str:
    """Under which chế độ sử dụng the document stands: its own or its case file's."""
    return access.stricter_mode(case_file.mode, document.mode)


def require_readable(actor: Actor, case_file: CaseFile, document: Document) -> None:
    """Whether the account may read the document's content.

    Raises:
        ActNotAllowedError: the role, agency or token reads no content.
        DocumentQuarantinedError: nobody may.
        ContentRestrictedError: open on conditions only.
    """
    access.require(actor, "case-file:read", case_file)
    facts = {"code": case_file.code, "ordinal": document.ordinal}
    if document.quarantined:
        raise DocumentQuarantinedError(**facts)
    if not access.may_read_mode(actor, mode_of(case_file, document)):
        raise ContentRestrictedError(**facts)


def is_readable(actor: Actor, case_file: CaseFile, document: Document) -> bool:
    """``require_readable`` as a question."""
    try:
        require_readable(actor, case_file, document)
    except NotAllowedError:
        return False
    return True


def is_reduced(actor: Actor, case_file: CaseFile, document: Document) -> bool:
    """Whether the account is told only what everybody may know of the document."""
    return not access.may_read_mode(actor, mode_of(case_file, document))


def note_use(actor: Actor, case_file: CaseFile, document: Document, *, database: Database) -> bool:
    """Note that the account reads restricted content; whether an event was left now.

    One event an account, document and 15 minutes, however many ranges are asked for. The first
    look takes no lock; the second, before writing, is under the lock that every writer takes.
    """
    if mode_of(case_file, document) in access.OPEN_MODES:
        return False
    with database.read_only() as session:
        if _noted(session, actor, document):
            return False
    with database.unit_of_work() as uow:
        if database.engine.dialect.name == "postgresql":
            uow.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AUDIT_LOCK})
        if _noted(uow.session, actor, document):
            return False
        record_event(
            uow.session,
            TAG,
            subject_id=document.id,
            actor=actor,
            agency_id=case_file.agency_id,
            data={"code": case_file.code, "ordinal": document.ordinal},
        )
        uow.commit()
    return True


def _noted(session: Session, actor: Actor, document: Document) -> bool:
    found = session.scalar(
        select(AuditEvent.number)
        .where(
            AuditEvent.subject_id == str(document.id),
            AuditEvent.tag == TAG,
            AuditEvent.account == actor.account,
            AuditEvent.at > clock.now() - ONE_USE,
        )
        .limit(1)
    )
    return found is not None
