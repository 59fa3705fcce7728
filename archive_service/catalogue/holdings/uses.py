"""Who reads what: content that is not open to all leaves an event in the audit trail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock, law
from archive_service.audit import count_uses, record_event
from archive_service.catalogue.holdings.purposes import purpose_of_use
from archive_service.db.openings import ONE_USE
from archive_service.db.unit_of_work import Database, take_write_lock
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.case_standing import is_elsewhere
from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.submission import Submission, SubmissionFile
from archive_service.domain.keeping.audit_event import USES, AuditEvent
from archive_service.domain.keeping.opening_record import OpeningRecord
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.removal import (
    CaseFileBeingDestroyedError,
    CaseFileDestroyedError,
    CaseFileHandedOverError,
)
from archive_service.errors import NotAllowedError

TAG = USES["read"]


class DocumentQuarantinedError(NotAllowedError):
    """The document is closed to every reader."""


class DocumentRecalledError(NotAllowedError):
    """Its issuer took it back: closed to every reader."""


class ContentRestrictedError(NotAllowedError):
    """Open on conditions only, and this account has not met them."""


def mode_of(case_file: CaseFile, document: Document, through: CaseFile | None = None) -> str:
    """Under which chế độ sử dụng the document stands: its own or its case file's.

    ``through``: the case file into which it is linked, where it is read from there.
    """
    mode = access.stricter_mode(case_file.mode, document.mode)
    return mode if through is None else access.stricter_mode(mode, through.mode)


def scopes_of(case_file: CaseFile) -> tuple[UUID | None, ...]:
    """The ids of all that it is part of: what is granted of one of them is granted of it."""
    return case_file.id, case_file.series_id, case_file.fonds_id, case_file.agency_id


def require_kept(case_file: CaseFile) -> None:
    """``CaseFileBeingDestroyedError`` from the claim on, ``CaseFileDestroyedError`` afterwards.

    ``CaseFileHandedOverError`` of what another archive keeps alone.
    """
    if case_file.state is CaseState.DESTROYED:
        code = case_file.code  # by which list is told to those who may know of lists
        raise CaseFileDestroyedError(code=code, on=None, decided=None, decision="", list="")
    if is_elsewhere(case_file.state, case_file.removing_since):
        raise CaseFileHandedOverError(code=case_file.code)
    if case_file.removing_since is not None:
        since = clock.iso(case_file.removing_since)
        raise CaseFileBeingDestroyedError(code=case_file.code, since=since)


def require_readable(
    actor: Actor,
    case_file: CaseFile,
    document: Document,
    *,
    through: CaseFile | None = None,
    data_alone: bool = False,
) -> None:
    """Whether the account may read the document's content.

    Args:
        through: the case file into which it is linked; the stricter mode of both holds there.
        data_alone: of a recalled document only what is told of it is wanted.

    Raises:
        ActNotAllowedError: the role, agency or token reads no content.
        DocumentRecalledError, DocumentQuarantinedError: nobody may.
        CaseFileBeingDestroyedError: nobody may any more.
        ContentRestrictedError: open on conditions only.
    """
    access.require(actor, "case-file:read", case_file)
    if through is not None:
        require_kept(case_file)
        access.require(actor, "case-file:read", through)
    require_open(case_file, document, data_alone=data_alone)
    if not _opens(access.may_read_mode, actor, case_file, document, through):
        raise ContentRestrictedError(code=case_file.code, ordinal=document.ordinal)


def require_open(case_file: CaseFile, document: Document, *, data_alone: bool = False) -> None:
    """Whether anybody may read the document.

    Raises:
        DocumentRecalledError, DocumentQuarantinedError, CaseFileDestroyedError …: nobody may.
    """
    require_kept(case_file)
    facts = {"code": case_file.code, "ordinal": document.ordinal}
    recalled = document.recalled_at is not None
    if recalled and not data_alone:
        raise DocumentRecalledError(**facts)
    if document.quarantined and not recalled:
        raise DocumentQuarantinedError(**facts)


def is_readable(
    actor: Actor, case_file: CaseFile, document: Document, *, through: CaseFile | None = None
) -> bool:
    """``require_readable`` as a question."""
    try:
        require_readable(actor, case_file, document, through=through)
    except NotAllowedError:
        return False
    return True


def is_reduced(
    actor: Actor, case_file: CaseFile, document: Document, *, through: CaseFile | None = None
) -> bool:
    """Whether the account is told only what everybody may know of the document."""
    return not _opens(access.may_know_all, actor, case_file, document, through)


def _opens(
    asked: Callable[..., bool],
    actor: Actor,
    case_file: CaseFile,
    document: Document,
    through: CaseFile | None,
) -> bool:
    """What is ``asked`` of the account, of the document and of where it is read from."""
    own = asked(actor, mode_of(case_file, document), *scopes_of(case_file), document.id)
    return own and (through is None or asked(actor, through.mode, *scopes_of(through)))


def uses_of(session: Session, case_file: CaseFile) -> dict[str, int]:
    """How often it was used: its restricted documents read, itself and copies given out."""
    subjects = [
        str(identifier) for identifier in (case_file.id, *(each.id for each in case_file.documents))
    ]
    return count_uses(session, AuditEvent.subject_id.in_(subjects))


def used_lately(session: Session, tag: str, subject_id: str, actor: Actor) -> bool:
    """Whether the account did the same within ``ONE_USE``: what it does now is the same use."""
    found = session.scalar(
        select(AuditEvent.number)
        .where(
            AuditEvent.subject_id == subject_id,
            AuditEvent.tag == tag,
            AuditEvent.account == actor.account,
            AuditEvent.at > clock.now() - ONE_USE,
        )
        .limit(1)
    )
    return found is not None


def note_use(
    actor: Actor,
    case_file: CaseFile,
    document: Document,
    *,
    database: Database,
    through: CaseFile | None = None,
    request_id: UUID | None = None,
    kind: str = "",
) -> bool:
    """Note that the account opens the document; whether an event of the trail was left now.

    One record an account, document and 15 minutes, however many ranges are asked for; of
    restricted content one event as well.

    Args:
        request_id: the granted request by which it is read.
        kind: of that request, which tells the purpose; else the role does.
    """
    database.openings.note(_opening(actor, case_file, document, request_id, kind))
    if mode_of(case_file, document, through) in access.OPEN_MODES:
        return False
    data = {"code": case_file.code, "ordinal": document.ordinal}
    if through is not None:
        data["through"] = through.code
    return _note(_Use(actor, str(document.id), case_file.agency_id, data), database)


def note_use_undecided(
    actor: Actor, submission: Submission, file: SubmissionFile, *, database: Database
) -> bool:
    """The same for a file that waits in staging; its document is known by its first file.

    A chế độ sử dụng that is missing or not in the list counts as restricted; what the sheet says
    of no document, such as the sheet itself, as the case file does.
    """
    declared = submission.case_file()
    ordinal, paths, modes = 0, [file.path], [declared.fields.get("mode", "")]
    for number, document in enumerate(declared.documents, start=1):
        named = [declared_file.path for declared_file in document.files]
        if file.path in named:
            ordinal, paths = number, named
            modes.append(document.fields.get("mode") or modes[0])
            break
    if all(law.code_list("mode").find(mode) in access.OPEN_MODES for mode in modes):
        return False
    first = next(row for row in submission.files if row.path in paths)
    data = {"code": submission.code, "ordinal": ordinal, "submission": str(submission.id)}
    return _note(_Use(actor, str(first.id), submission.agency_id, data), database)


def _opening(
    actor: Actor, case_file: CaseFile, document: Document, request_id: UUID | None, kind: str
) -> OpeningRecord:
    now = clock.now()
    is_program = actor.scopes is not None
    door = "api" if is_program else "shell" if actor.os_user else "page"
    return OpeningRecord(
        id=uuid4(),
        month=f"{clock.local(now):%Y-%m}",
        at=now,
        case_file_id=case_file.id,
        document_id=document.id,
        ordinal=document.ordinal,
        agency_id=case_file.agency_id,
        account=actor.account,
        role=actor.role.value,
        door=door,
        request_id=request_id,
        purpose=purpose_of_use(actor.role.value, kind),
    )


@dataclass(frozen=True, slots=True)
class _Use:
    """Who reads what, as the event tells it."""

    actor: Actor
    subject_id: str
    agency_id: UUID | None
    data: dict[str, Any]


def _note(use: _Use, database: Database) -> bool:
    """The first look takes no lock; the second is under the lock that every writer takes."""
    with database.read_only() as session:
        if used_lately(session, TAG, use.subject_id, use.actor):
            return False
    with database.unit_of_work() as uow:
        take_write_lock(uow.session)
        if used_lately(uow.session, TAG, use.subject_id, use.actor):
            return False
        record_event(
            uow.session,
            TAG,
            subject_id=use.subject_id,
            actor=use.actor,
            agency_id=use.agency_id,
            data=use.data,
        )
        uow.commit()
    return True
