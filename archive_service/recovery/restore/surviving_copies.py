"""After a restore beside copies that lived on: what is held, due and listed is as these tell it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from archive_service.audit import last_number, record_event, segment_key
from archive_service.db.acts import newest_bodies
from archive_service.db.behind import BEHIND
from archive_service.domain.base import Base
from archive_service.domain.case_files.shared_document import LINKED_ELSEWHERE
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.domain.keeping.enrolled_copy import COPY_ACT, CopyStanding, EnrolledCopy
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.retention.disposition import (
    DISPOSITION,
    CouncilMember,
    Disposition,
    DispositionItem,
    DispositionPaper,
)
from archive_service.domain.retention.hold import HOLD, HOLD_ORDER, HOLD_ROWS, Hold, HoldOrder
from archive_service.domain.retention.removal import REMOVAL
from archive_service.domain.retention.retention import (
    RETENTION_CHANGE,
    RETENTION_EVENT,
    RETENTION_SCHEDULE,
    RetentionChange,
    RetentionEvent,
)
from archive_service.domain.transfer.appointment import APPOINTMENT
from archive_service.domain.transfer.partner import PARTNER, SENDING
from archive_service.domain.transfer.transfer import TRANSFER, Transfer, TransferItem
from archive_service.errors import BackendError
from archive_service.keeping.copies.retiring import note_retired
from archive_service.log import logger
from archive_service.notices.incidents import open_incident
from archive_service.recovery.rebuild.counted_copies import CopyStandingDocument, told_standings
from archive_service.recovery.rebuild.custody_acts import (
    HeldAct,
    held_by_all,
    iter_held,
    stage_companions,
    tell_planted,
)
from archive_service.recovery.rebuild.left_out import LeftOut
from archive_service.recovery.rebuild.old_database import OldDatabase
from archive_service.recovery.rebuild.proved_acts import ProvedActs
from archive_service.recovery.rebuild.trail import iter_segments
from archive_service.services import Services
from archive_service.storage.copies.enrolment import identities
from archive_service.storage.copies.identity import identify
from archive_service.storage.port import ObjectStore
from retention.disposition.custody_acts import restore_dispositions
from retention.holds.custody_acts import restore_holds
from retention.holds.locks import queue_restored
from retention.schedules.schedules import restore_schedules
from retention.terms.changes import restore_changes
from retention.terms.events import restore_happenings
from retention.transfer.calendar.custody_acts import restore_appointments, transfers_named
from retention.transfer.custody_acts import restore_transfers
from retention.transfer.partners.custody_acts import restore_partners, restore_sendings
from retention.transfer.restored_exchanges import go_on

REBUILD_AWAITED = "rebuild-awaited"  # a kind of incident
_BATCH = 500  # acts asked for in one statement
_CHANGES = ("version:built", LINKED_ELSEWHERE)  # tags of what acts do not bring back


def take_up(services: Services, copies: Sequence[ObjectStore], left_out: LeftOut) -> int:
    """Acts and events that these copies tell of and the rows of a backup do not; safe to repeat.

    What was held stays held, a term that was made longer stays so, and of a list the newest word
    counts: nothing goes by a decision that was taken back. Case files that came or changed since
    come back with a rebuild; until then the gate takes nothing.

    What of the evidence does not fit is named in ``left_out``, and stops nothing.

    Returns:
        How many acts were taken up.

    Raises:
        BackendError: no copy lets its acts or its trail be listed.
    """
    with services.read_only() as session:
        known = identities(session)
    living = [copy for copy in copies if _answers(copy, known.get(copy.name))]
    if not living:
        return 0
    old = OldDatabase(services.database)  # what the backup knew
    proved = ProvedActs(living, old=old)
    standings = told_standings(living, proved=proved, left_out=left_out, old=old)
    with services.writing() as session:
        kinds: set[str] = set()
        count = 0
        acts = iter_held(living[0], living[1:], proved=proved, left_out=left_out, old=old)
        for held in _unknown(session, acts):
            written = held.everywhere and len(living) == len(services.stores)
            if not written:
                stage_companions(services.staging, held)
            session.add(held.row(written=written))
            kinds.add(held.act.document["kind"])
            count += 1
        session.flush()
        _write_rows(session, services, kinds)
        if COPY_ACT in kinds:
            _retire(session, standings)
        before = last_number(session)
        _go_on_from(session, living, left_out, old)
        tell_planted(session, left_out)
        _tell_behind(session, before)
    return count


def _answers(copy: ObjectStore, identity: str | None) -> bool:
    try:
        identify(copy, identity)
    except BackendError as trouble:
        logger().warning("not-taken-up", copy=copy.name, code=trouble.code)
        return False
    return True


def _unknown(session: Session, acts: Iterator[HeldAct]) -> Iterator[HeldAct]:
    while some := list(islice(acts, _BATCH)):
        by_id = {UUID(held_act.act.document["id"]): held_act for held_act in some}
        there = set(session.scalars(select(Act.id).where(Act.id.in_(by_id))))
        yield from (held_act for act_id, held_act in by_id.items() if act_id not in there)


def _write_rows(session: Session, services: Services, kinds: set[str]) -> None:
    """Of the kinds of which something is new all rows, from the newest acts."""
    if RETENTION_SCHEDULE in kinds:
        restore_schedules(session)
    if kinds & {HOLD, HOLD_ORDER, HOLD_ROWS}:
        _empty(session, Hold, HoldOrder)
        queue_restored(session, restore_holds(session), services)
    if RETENTION_EVENT in kinds:
        _empty(session, RetentionEvent)
        restore_happenings(session)
    if RETENTION_CHANGE in kinds:
        _empty(session, RetentionChange)
        restore_changes(session)
    if DISPOSITION in kinds:
        _empty(session, DispositionPaper, CouncilMember, DispositionItem, Disposition)
        restore_dispositions(session)
    if PARTNER in kinds:
        restore_partners(session)
    named = transfers_named(session)
    if TRANSFER in kinds:
        _empty(session, TransferItem, Transfer)
        restore_transfers(session)
    if kinds & {PARTNER, TRANSFER, SENDING}:
        restore_sendings(session)
        go_on(session, services)
    if kinds & {TRANSFER, APPOINTMENT}:
        restore_appointments(session, named)


def _retire(session: Session, standings: Mapping[str, CopyStandingDocument]) -> None:
    """Copies that were retired since are so, with what was stated of their media."""
    for name, standing in standings.items():
        if standing.state is CopyStanding.RETIRED:
            known = session.get(EnrolledCopy, name)
            was_retired = known is not None and known.state is CopyStanding.RETIRED
            row = session.merge(standing.row())
            session.flush()
            if not was_retired:
                note_retired(session, row)


def _empty(session: Session, *tables: type[Base]) -> None:
    for table in tables:
        session.execute(delete(table))
    session.expire_all()


def _go_on_from(
    session: Session, living: Sequence[ObjectStore], left_out: LeftOut, old: OldDatabase
) -> None:
    """The trail that was sealed since: new events follow it, and no number is given twice."""
    event = last_number(session)
    segment = session.scalar(select(func.max(AuditSegment.number))) or 0
    for sealed, events in iter_segments(living[0], living[1:], left_out=left_out, old=old):
        if sealed.number > segment:
            sealed.written = held_by_all(living, segment_key(sealed.number))
            session.add(sealed)
            session.add_all(audit_event for audit_event in events if audit_event.number > event)
            session.flush()


def _tell_behind(session: Session, before: int) -> None:
    """What changed since by no act: a link, or a content, that the rows do not know may matter."""
    changed = select(AuditEvent.subject_id).where(
        AuditEvent.number > before, AuditEvent.tag.in_(_CHANGES)
    )
    gone = {body["case_file_id"] for body in newest_bodies(session, REMOVAL)}
    if count := len(set(session.scalars(changed)) - gone):
        facts = {"count": count}
        record_event(session, BEHIND, subject_id=None, actor=WORKER, agency_id=None, data=facts)
        severity = IncidentSeverity.ALARM
        open_incident(session, REBUILD_AWAITED, "archive", severity=severity, facts=facts)
