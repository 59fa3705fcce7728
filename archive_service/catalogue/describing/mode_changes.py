"""Changes of the access mode: asked for, confirmed or refused, and brought back from their acts.

TT 05/2025 PL VI asks for a warning about every change of access right until an authorised person
confirms it. Till then the stricter of both modes holds.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.catalogue.describing.documents import WaitingModeDocument
from archive_service.db.acts import newest_bodies, of_case_files
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.mode_change import (
    LONGEST_REASON,
    MODE_CHANGE,
    ModeChange,
    ModeChangeState,
)
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.notices import inbox
from archive_service.text import telling_line

_WAITS = ModeChangeState.WAITING
_ASKED = "access-mode-asked"  # kind of the notice


class ModeChangeNotFoundError(NotFoundError):
    """No such change of the access mode, or it is not this account's to know."""


class ModeChangeDecidedError(ConflictError):
    """It was confirmed or refused before."""


class CatalogueReasonError(InputError):
    """An act on the catalogue names its reason, which stands in the trail."""


def reason_of(text: str) -> str:
    """The reason in one line; ``CatalogueReasonError`` where there is none, or too long a one."""
    words = telling_line(text)
    if not words or len(words) > LONGEST_REASON:
        raise CatalogueReasonError(longest=LONGEST_REASON, given=len(words))
    return words


def change_mode(
    session: Session, case_file: CaseFile, row: CaseFile | Document, mode: str, *, reason: str,
    actor: Actor,
) -> ModeChange | None:  # fmt: skip
    """Let the stricter mode hold at once, the other one when it is confirmed.

    Who may confirm has confirmed by asking. An earlier change that still waits is refused by it;
    to ask for the mode that was before it is no change, and so ``None``.
    """
    now = clock.now()
    document_id = row.id if isinstance(row, Document) else None
    was = row.mode
    for earlier in session.scalars(_waiting_of(case_file.id)):
        if earlier.document_id == document_id:
            was = earlier.was
            _decide(session, case_file, earlier, ModeChangeState.REFUSED, reason, actor)
    if was == mode:
        row.mode = mode
        return None
    change = ModeChange(
        id=uuid4(),
        case_file_id=case_file.id,
        agency_id=case_file.agency_id,
        document_id=document_id,
        was=was,
        becomes=mode,
        reason=reason,
        state=_WAITS,
        asked_by=actor.account,
        asked_at=now,
        decided_by="",
        decide_reason="",
    )
    session.add(change)
    row.mode = access.stricter_mode(was, mode)
    _tell(session, case_file, change, "access-mode:asked", actor)
    if access.may(actor, "access-mode:confirm", case_file):
        row.mode = mode
        _decide(session, case_file, change, ModeChangeState.CONFIRMED, reason, actor)
    else:
        _act(session, change, case_file)
        _tell_heads(session, case_file)
    return change


def decide_mode_change(
    session: Session, case_file: CaseFile, change: ModeChange, *, confirm: bool, reason: str,
    actor: Actor,
) -> bool:  # fmt: skip
    """Confirm or refuse; whether the mode that holds is another one now.

    Raises:
        ActNotAllowedError: ``actor`` may not confirm.
        ModeChangeDecidedError: somebody was first.
    """
    access.require(actor, "access-mode:confirm", case_file)
    access.require_another(actor, change.asked_by)
    if change.state is not _WAITS:
        raise ModeChangeDecidedError(by=change.decided_by)
    documents: dict[UUID | None, Document] = {
        document.id: document for document in case_file.documents
    }
    row = documents.get(change.document_id, case_file)
    before, row.mode = row.mode, change.becomes if confirm else change.was
    state = ModeChangeState.CONFIRMED if confirm else ModeChangeState.REFUSED
    _decide(session, case_file, change, state, reason, actor)
    return row.mode != before


def waiting_changes(session: Session, case_file_id: UUID) -> list[ModeChange]:
    """Those of one case file that nobody has decided on, the earliest first."""
    return list(session.scalars(_waiting_of(case_file_id)))


def matching_waiting(actor: Actor) -> Select[ModeChange, CaseFile, int | None, str | None]:
    """Every waiting change that the account may confirm, the earliest first.

    With its case file, and the ordinal and subject of the document where it is of one.
    """
    return (
        select(ModeChange, CaseFile, Document.ordinal, Document.subject)
        .join(CaseFile, CaseFile.id == ModeChange.case_file_id)
        .outerjoin(Document, Document.id == ModeChange.document_id)
        .where(
            ModeChange.state == _WAITS,
            access.visible(actor, "access-mode:confirm", CaseFile.agency_id),
        )
        .order_by(ModeChange.asked_at, ModeChange.id)
    )


def restore_mode_changes(session: Session) -> None:
    """Rows of the newest acts, once acts and case files are back."""
    bodies, _ = of_case_files(session, newest_bodies(session, MODE_CHANGE))
    session.add_all(_row_of(body) for body in bodies)


def changes_told(changes: Iterable[ModeChange], case_file: CaseFile) -> list[WaitingModeDocument]:
    """Each with its document by ordinal."""
    ordinals = {document.id: document.ordinal for document in case_file.documents}
    return [
        WaitingModeDocument.of_row(
            change,
            document=0 if change.document_id is None else ordinals.get(change.document_id, 0),
        )
        for change in changes
    ]


def _waiting_of(case_file_id: UUID) -> Select[ModeChange]:
    return (
        select(ModeChange)
        .where(ModeChange.case_file_id == case_file_id, ModeChange.state == _WAITS)
        .order_by(ModeChange.asked_at, ModeChange.id)
    )


def _decide(
    session: Session, case_file: CaseFile, change: ModeChange, state: ModeChangeState,
    reason: str, actor: Actor,
) -> None:  # fmt: skip
    change.state = state
    change.decided_by, change.decided_at = actor.account, clock.now()
    change.decide_reason = reason
    _act(session, change, case_file)
    _tell(session, case_file, change, f"access-mode:{state.value}", actor)
    if change.asked_by != actor.account:
        _tell_asker(session, case_file, change)
    session.flush()
    if not _count_waiting(session, case_file.agency_id):
        inbox.settle(session, _ASKED, case_file.agency_id)


def _tell_asker(session: Session, case_file: CaseFile, change: ModeChange) -> None:
    who, about = inbox.named(session, [change.asked_by]), change.id
    facts = {"code": case_file.code, "by": change.decided_by, "reason": change.decide_reason}
    href = f"/case-files/{case_file.code}"
    if change.state is ModeChangeState.CONFIRMED:
        inbox.tell(
            session, "access-mode-confirmed", to=who, subject_id=about, facts=facts, href=href
        )
    else:
        inbox.tell(session, "access-mode-refused", to=who, subject_id=about, facts=facts, href=href)


def _tell_heads(session: Session, case_file: CaseFile) -> None:
    """One notice an agency, however many changes of it wait."""
    session.flush()
    inbox.tell(
        session,
        "access-mode-asked",
        to=inbox.people(session, roles=(Role.HEAD,), agency_id=case_file.agency_id),
        subject_id=case_file.agency_id,
        facts={
            "agency": case_file.agency_code,
            "code": case_file.code,
            "count": _count_waiting(session, case_file.agency_id),
        },
        href="/approvals",
    )


def _count_waiting(session: Session, agency_id: UUID) -> int:
    waiting = select(func.count()).select_from(ModeChange)
    query = waiting.where(ModeChange.state == _WAITS, ModeChange.agency_id == agency_id)
    return session.scalar(query) or 0


def _act(session: Session, change: ModeChange, case_file: CaseFile) -> None:
    session.add(
        Act(
            kind=MODE_CHANGE,
            subject_id=str(change.id),
            at=change.decided_at or change.asked_at,
            document={
                "id": str(change.id),
                "case_file_id": str(change.case_file_id),
                "agency_id": str(change.agency_id),
                "code": case_file.code,
                "document_id": change.document_id and str(change.document_id),
                "was": change.was,
                "becomes": change.becomes,
                "reason": change.reason,
                "state": change.state.value,
                "asked_by": change.asked_by,
                "asked_at": clock.iso(change.asked_at),
                "decided_by": change.decided_by,
                "decided_at": change.decided_at and clock.iso(change.decided_at),
                "decide_reason": change.decide_reason,
            },
        )
    )


def _row_of(body: Mapping[str, Any]) -> ModeChange:
    facts = {name: value for name, value in body.items() if name != "code"}
    for name in ("id", "case_file_id", "agency_id", "document_id"):
        facts[name] = UUID(body[name]) if body[name] else None
    for name in ("asked_at", "decided_at"):
        facts[name] = clock.parse_iso(body[name]) if body[name] else None
    return ModeChange(**facts | {"state": ModeChangeState(body["state"])})


def _tell(
    session: Session, case_file: CaseFile, change: ModeChange, tag: str, actor: Actor
) -> None:
    ordinal = next(
        (document.ordinal for document in case_file.documents if document.id == change.document_id),
        None,
    )
    facts: dict[str, Any] = {
        "code": case_file.code, "was": change.was, "becomes": change.becomes,
        "reason": change.decide_reason or change.reason,
    }  # fmt: skip
    record_event(
        session,
        tag,
        of=case_file,
        actor=actor,
        data=facts | ({"ordinal": ordinal} if ordinal else {}),
    )
