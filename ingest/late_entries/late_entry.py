"""Entered late: what was done on paper during an outage, with its real time and the reason.

The system's own time of the act stays as it is; the real one stands beside it, marked as such.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.mode_change import ModeChange
from archive_service.domain.intake.handover import HandoverRecord
from archive_service.domain.intake.late_entry import LATE_ENTRY, LateEntry
from archive_service.domain.intake.outage import Outage
from archive_service.domain.intake.submission import TAKEN, Submission, SubmissionState
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from ingest.late_entries.documents import LateEntryDocument
from ingest.late_entries.outages import get_outage, one_line, require_open_registers

RECEIVED, ACCEPTED, RETURNED = "received", "accepted", "returned"
HANDED_OVER, ACCESS_DECIDED = "handed-over", "access-decided"
LONGEST = {"reason": 1000, "paper": 200, "done_by": 200}
_DECIDED = {
    ACCEPTED: TAKEN,
    RETURNED: (SubmissionState.RETURNED,),
}
REGISTER_OF = {
    RECEIVED: "submissions",
    ACCEPTED: "submissions",
    RETURNED: "submissions",
    HANDED_OVER: "handovers",
}


class LateEntrySubjectError(NotFoundError):
    """Nothing that was done bears this id, or it is not this account's to know."""


class LateEntryMomentError(InputError):
    """Outside of the outage, to come, after the system's own time, or before what it follows."""


class LateEntryOrderError(InputError):
    """Before the system itself received the same thing, of which no other time was entered."""


class LateEntryWordsError(InputError):
    """Reason, paper or the person who did it are missing or too long."""


class LateEntryStateError(ConflictError):
    """The act has not been done here yet, or was entered late before."""


@dataclass(frozen=True, slots=True)
class OnPaper:
    """What the paper says: when it was done, by whom, its number and date; and why it was paper."""

    outage_id: UUID
    happened_at: dt.datetime
    done_by: str
    paper: str
    reason: str


@dataclass(frozen=True, slots=True)
class LateSubject:
    """What was done here afterwards: ``here`` is the system's time of it."""

    id: UUID
    event_id: UUID  # whose history tells of it
    agency_id: UUID | None
    code: str
    here: dt.datetime
    earliest: dt.datetime | None
    received_here: dt.datetime | None = None  # by the system, where that was not entered late


def enter_late(
    subject_id: UUID, what: str, paper: OnPaper, *, actor: Actor, uow: UnitOfWork
) -> LateEntry:
    """Note when it was really done; the caller commits. Each act is entered once.

    Args:
        subject_id: of the submission; of the change of an access mode for ``access-decided``.

    Raises:
        ActNotAllowedError, LateEntrySubjectError, OutageNotFoundError
        LateEntryWordsError, LateEntryMomentError, LateEntryOrderError: nothing was entered.
        LateEntryStateError: not done here yet, or entered before.
        RegisterClosedError: the register that it belongs into is closed.
    """
    session = uow.session
    access.require(actor, "late-entry:make")
    if what == ACCESS_DECIDED:
        subject = _decided_mode(session, subject_id, actor)
    else:
        subject = _submitted(session, subject_id, what, actor)
    return enter_subject(session, subject, what, paper, actor=actor)


def enter_subject(
    session: Session, subject: LateSubject, what: str, paper: OnPaper, *, actor: Actor
) -> LateEntry:
    """See ``enter_late``; of what the caller has found and locked."""
    words = {name: _words(name, getattr(paper, name)) for name in LONGEST}
    outage = get_outage(session, paper.outage_id)
    _require_moment(subject, paper.happened_at, outage)
    if (register := REGISTER_OF.get(what)) is not None:
        years = {clock.local(at).year for at in (paper.happened_at, subject.here)}
        require_open_registers(session, register, years)
    entry = LateEntry(
        id=uuid4(),
        outage_id=outage.id,
        subject_id=subject.id,
        what=what,
        happened_at=paper.happened_at,
        entered_at=clock.now(),
        entered_by=actor.account,
        acts_meanwhile=outage.acts_meanwhile,
        **words,
    )
    session.add(entry)
    body = late_entry_document(entry)
    session.add(Act(kind=LATE_ENTRY, subject_id=str(entry.id), at=entry.entered_at, document=body))
    record_event(
        session,
        "late-entry:made",
        subject_id=subject.event_id,
        actor=actor,
        agency_id=subject.agency_id,
        data={"code": subject.code} | body,
    )
    return entry


def _submitted(session: Session, submission_id: UUID, what: str, actor: Actor) -> LateSubject:
    row = session.get(Submission, submission_id, with_for_update=True)
    if row is None or not access.may(actor, "late-entry:make", row):
        raise LateEntrySubjectError(id=submission_id)
    before = {late_entry.what: late_entry for late_entry in late_entries(session, [row.id])}
    done = what == RECEIVED or row.state in _DECIDED.get(what, ())
    if row.state is SubmissionState.DRAFT or not done or what in before:
        raise LateEntryStateError(what=what, state=row.state)
    received = before.get(RECEIVED)
    if what == RECEIVED:
        here = min([row.received_at, *(late_entry.happened_at for late_entry in before.values())])
        return LateSubject(row.id, row.id, row.agency_id, row.code, here, row.sent_at)
    here = row.decided_at or clock.now()
    own = LateSubject(row.id, row.id, row.agency_id, row.code, here, None)
    if received is not None:
        return replace(own, earliest=received.happened_at)
    return replace(own, received_here=row.received_at)


def _decided_mode(session: Session, change_id: UUID, actor: Actor) -> LateSubject:
    row = session.get(ModeChange, change_id, with_for_update=True)
    if row is None or not access.may(actor, "late-entry:make", row):
        raise LateEntrySubjectError(id=change_id)
    if row.decided_at is None or late_entries(session, [row.id]):
        raise LateEntryStateError(what=ACCESS_DECIDED, state=row.state)
    case_file = session.get_one(CaseFile, row.case_file_id)
    # Asked for on paper as well, so its own asking sets no bound.
    return LateSubject(row.id, case_file.id, row.agency_id, case_file.code, row.decided_at, None)


def of_handover(
    handover_id: UUID, agency_id: UUID, number: str, received_at: dt.datetime, *, by_system: bool
) -> LateSubject:
    """Minutes that were signed on paper, after all that they list was received.

    Args:
        received_at: of the last one; ``by_system``: the system's own time of it.
    """
    own = LateSubject(handover_id, handover_id, agency_id, number, clock.now(), None)
    if by_system:
        return replace(own, received_here=received_at)
    return replace(own, earliest=received_at)


def _require_moment(subject: LateSubject, happened_at: dt.datetime, outage: Outage) -> None:
    """In the outage, after what it follows, before the system's own time, which is before now."""
    if subject.received_here is not None and happened_at < subject.received_here:
        raise LateEntryOrderError(at=happened_at, received_at=subject.received_here)
    earliest = max(filter(None, [outage.began_at, subject.earliest]))
    latest = min(outage.ended_at, subject.here, clock.now())
    if not earliest <= happened_at <= latest:
        raise LateEntryMomentError(at=happened_at, earliest=earliest, latest=latest)


def late_entries(session: Session, subject_ids: Collection[UUID]) -> list[LateEntry]:
    """What was entered late of these, in the order in which it was done."""
    rows = select(LateEntry).where(LateEntry.subject_id.in_(set(subject_ids)))
    return list(session.scalars(rows.order_by(LateEntry.happened_at, LateEntry.id)))


def late_entries_about(session: Session, subject_id: UUID) -> list[LateEntry]:
    """Of a submission, or of minutes; of a case file with the changes of its access modes."""
    modes = select(ModeChange.id).where(ModeChange.case_file_id == subject_id)
    rows = select(LateEntry).where(
        or_(LateEntry.subject_id == subject_id, LateEntry.subject_id.in_(modes))
    )
    return list(session.scalars(rows.order_by(LateEntry.happened_at, LateEntry.id)))


def entries_by_outage(
    session: Session, outage_ids: Collection[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    """What was entered of each outage, with the code or number of what it is about."""
    code = func.coalesce(Submission.code, HandoverRecord.number, CaseFile.code)
    rows = session.execute(
        select(LateEntry, code)
        .outerjoin(Submission, Submission.id == LateEntry.subject_id)
        .outerjoin(HandoverRecord, HandoverRecord.id == LateEntry.subject_id)
        .outerjoin(ModeChange, ModeChange.id == LateEntry.subject_id)
        .outerjoin(CaseFile, CaseFile.id == ModeChange.case_file_id)
        .where(LateEntry.outage_id.in_(outage_ids))
        .order_by(LateEntry.happened_at, LateEntry.id)
    )
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row, entry in rows:
        found.setdefault(row.outage_id, []).append(late_entry_document(row) | {"code": entry})
    return found


def to_be_entered(session: Session, subject_id: UUID) -> list[tuple[str, UUID, dt.datetime]]:
    """What was done here of a submission or case file and may have been done on paper before.

    ``(what, subject, system's time)``, without what was entered.
    """
    entered = {
        (late_entry.what, late_entry.subject_id)
        for late_entry in late_entries_about(session, subject_id)
    }
    found: list[tuple[str, UUID, dt.datetime]] = []
    # Not the whole row: what was declared of 20,000 documents takes half a second to read.
    columns = (Submission.id, Submission.state, Submission.received_at, Submission.decided_at)
    row = session.execute(select(*columns).where(Submission.id == subject_id)).first()
    if row is not None and row.state is not SubmissionState.DRAFT:
        found.append((RECEIVED, row.id, row.received_at))
        for what, states in _DECIDED.items():
            if row.state in states and row.decided_at is not None:
                found.append((what, row.id, row.decided_at))
    changes = select(ModeChange).where(
        ModeChange.case_file_id == subject_id, ModeChange.decided_at.is_not(None)
    )
    found += [
        (ACCESS_DECIDED, change.id, change.decided_at or clock.now())
        for change in session.scalars(changes.order_by(ModeChange.decided_at))
    ]
    return [entry for entry in found if entry[:2] not in entered]


def visible_late_entries(session: Session, subject_id: UUID, *, actor: Actor) -> list[LateEntry]:
    """Those of one submission that the account may see.

    Raises:
        ActNotAllowedError, LateEntrySubjectError
    """
    access.require(actor, "submission:list")
    row = session.get(Submission, subject_id)
    if row is None or not access.may(actor, "submission:list", row):
        raise LateEntrySubjectError(id=subject_id)
    return late_entries_about(session, subject_id)


def restore_late_entries(session: Session, bodies: Iterable[dict[str, Any]]) -> None:
    """Rows of the acts."""
    for body in bodies:
        facts = {name: body[name] for name in (*LONGEST, "what", "entered_by", "acts_meanwhile")}
        session.add(
            LateEntry(
                id=UUID(body["id"]),
                outage_id=UUID(body["outage_id"]),
                subject_id=UUID(body["subject_id"]),
                happened_at=clock.parse_iso(body["happened_at"]),
                entered_at=clock.parse_iso(body["entered_at"]),
                **facts,
            )
        )


def late_entry_document(row: LateEntry) -> dict[str, Any]:
    """The JSON document of an entry: both times, and why."""
    return LateEntryDocument.of_row(row).as_json()


def _words(name: str, text: str) -> str:
    line = one_line(text)
    if not 0 < len(line) <= LONGEST[name]:
        raise LateEntryWordsError(field=name, length=LONGEST[name], given=len(line))
    return line
