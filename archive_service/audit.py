"""The audit trail: one event for each change of state, chained by digest."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, overload
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.keeping.audit_event import USES, AuditEvent, AuditSegment
from archive_service.domain.people.account import WORKER, Actor
from archive_service.door import door

GENESIS = "0" * 64  # what the first event and the first segment name as their predecessor
_PENDING = "archive_audit_pending"
_ACTS = "archive_acts_made"
ACT_DIGESTS = "act_digests"  # in an event's data: acts that its unit of work made, by their ids
NOTED = "evidence:noted"  # digests of what no other event tells of
_encoded = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What ``verify`` saw; ``first_bad`` names the first event or segment that does not fit."""

    events: int
    segments: int
    first_bad: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the whole chain fits."""
        return self.first_bad is None


class _OfAgency(Protocol):
    """A row of one agency."""

    @property
    def id(self) -> UUID: ...

    @property
    def agency_id(self) -> UUID | None: ...


@overload
def record_event(
    session: Session,
    tag: str,
    *,
    of: _OfAgency,
    actor: Actor,
    data: dict[str, Any] | None = None,
) -> None: ...


@overload
def record_event(
    session: Session,
    tag: str,
    *,
    subject_id: UUID | str | None,
    actor: Actor,
    agency_id: UUID | None = None,
    data: dict[str, Any] | None = None,
) -> None: ...


def record_event(
    session: Session,
    tag: str,
    *,
    actor: Actor,
    of: _OfAgency | None = None,
    subject_id: UUID | str | None = None,
    agency_id: UUID | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Note what happened; its number and digest are taken at commit, under the write lock.

    ``tag`` is ``subject:outcome`` and never changes once released. ``of`` is the row that it is
    about, where that is of one agency. ``data`` must be plain JSON and holds no secret and no
    content. It says by itself through which door the act came, as far as that is known.
    """
    if of is not None:
        subject_id, agency_id = of.id, of.agency_id
    event = AuditEvent(
        at=clock.now(),
        tag=tag,
        subject_id=None if subject_id is None else str(subject_id),
        account=actor.account,
        role=actor.role.value,
        os_user=actor.os_user,
        agency_id=None if agency_id is None else str(agency_id),
        data=(data or {}) | _by_word(actor) | _in_stead(actor) | _by_door(),
    )
    session.info.setdefault(_PENDING, []).append(event)


def _by_word(actor: Actor) -> dict[str, Any]:
    """What an event says more where nobody proved who acts: the shell's word alone."""
    trusted = actor.shell == "trusted" and actor.account_id is not None
    return {"shell": actor.shell} if trusted else {}


def _in_stead(actor: Actor) -> dict[str, Any]:
    """What an event says more where somebody acts for another: for whom, by which delegation."""
    stead = actor.stands_for
    return {} if stead is None else {"for": stead.giver, "delegation": str(stead.delegation_id)}


def _by_door() -> dict[str, Any]:
    """What an event says more of a request or a command: its address, session or token."""
    return {"door": known} if (known := door()) else {}


def pending_events(session: Session) -> list[AuditEvent]:
    """Events that this unit of work has noted, and that wait for its commit."""
    return list(session.info.get(_PENDING, ()))


def tell_act(session: Session, act_id: UUID, digest: str) -> None:
    """An event of this unit of work tells the digest of an act that it made."""
    session.info.setdefault(_ACTS, {})[str(act_id)] = digest


def is_told(session: Session) -> bool:
    """Whether there is such an event."""
    return bool(pending_events(session))


def count_uses(session: Session, *where: ColumnElement[bool]) -> dict[str, int]:
    """How often records were used, by the names of ``USES``; of the events that ``where`` takes.

    Reading what is open to all leaves no event and is not counted; what an event marks as part of
    an earlier use (``again``) is that use.
    """
    again = AuditEvent.data["again"].as_boolean()
    query = (
        select(AuditEvent.tag, func.count())
        .where(AuditEvent.tag.in_(USES.values()), again.is_not(True), *where)
        .group_by(AuditEvent.tag)
    )
    counted = {tag: count for tag, count in session.execute(query)}
    return {name: counted.get(tag, 0) for name, tag in USES.items()}


def chain_pending(session: Session) -> None:
    """Number and chain the events of this unit of work; the last thing before its commit."""
    acts: dict[str, str] = session.info.pop(_ACTS, {})
    if acts and not is_told(session):
        record_event(session, NOTED, subject_id=None, actor=WORKER)
    pending: list[AuditEvent] = session.info.pop(_PENDING, [])
    if not pending:
        return
    if acts:
        pending[-1].data = pending[-1].data | {ACT_DIGESTS: acts}
    last = session.scalar(select(AuditEvent).order_by(AuditEvent.number.desc()).limit(1))
    number, previous = (last.number, last.sha256) if last else (0, GENESIS)
    for event in pending:
        number += 1
        event.number, event.previous_sha256 = number, previous
        event.sha256 = previous = event_sha256(event)
        session.add(event)
    session.flush()


def event_line(event: AuditEvent | Row[Any]) -> bytes:
    """The canonical line of an event, or of its columns: in a segment, under its digest."""
    document = {
        "number": event.number,
        "at": clock.iso(event.at),
        "tag": event.tag,
        "subject_id": event.subject_id,
        "account": event.account,
        "role": event.role,
        "os_user": event.os_user,
        "agency_id": event.agency_id,
        "data": event.data,
        "previous_sha256": event.previous_sha256,
    }
    return canonical(document)


def event_from_document(document: dict[str, Any]) -> AuditEvent:
    """The row of an event read back from a segment; its digest is computed anew."""
    event = AuditEvent(**(document | {"at": clock.parse_iso(document["at"])}))
    event.sha256 = event_sha256(event)
    return event


def event_sha256(event: AuditEvent) -> str:
    """Digest of the canonical JSON of an event, its predecessor's digest included."""
    return hashlib.sha256(event_line(event)).hexdigest()


def canonical(document: Any) -> bytes:
    """One JSON line: sorted keys, no white space, UTF-8. ``Any``: whatever JSON can hold."""
    return _encoded(document).encode()


def parse_json(data: str | bytes) -> Any:
    """What somebody wrote as JSON, and may have written to stop who reads it.

    Raises:
        ValueError: it is none, or nested deeper than anybody reads.
    """
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("nested too deep") from None


def segment_key(number: int) -> str:
    """Where a segment lies in every copy."""
    return f"audit/{number:010d}.jsonl"


def segment_bytes(segment: AuditSegment, events: Iterable[AuditEvent]) -> bytes:
    """The write-once file of a segment: a head line, then a line an event.

    Made from the rows alone, so that every try and every copy gets the same bytes.
    """
    head = {
        "segment": segment.number,
        "first_event": segment.first_event,
        "last_event": segment.last_event,
        "previous_sha256": segment.previous_sha256,
        "sealed_at": clock.iso(segment.sealed_at),
    }
    lines = [canonical(head), *map(event_line, events)]
    return b"\n".join(lines) + b"\n"


def is_segment(data: bytes) -> bool:
    """Whether these bytes read as a segment whose events follow each other, of whatever trail."""
    try:
        head, *documents = [parse_json(line) for line in data.splitlines()]
        events = [event_from_document(document) for document in documents]
        numbers = list(range(head["first_event"], head["last_event"] + 1))
    except (ValueError, TypeError, KeyError):
        return False
    follow = all(two.previous_sha256 == audit_event.sha256 for audit_event, two in pairwise(events))
    return follow and [event.number for event in events] == numbers


def close_segment(session: Session, *, at: dt.datetime) -> AuditSegment | None:
    """Put the events since the last segment into a new one; ``None`` where there are none."""
    last = session.scalar(select(AuditSegment).order_by(AuditSegment.number.desc()).limit(1))
    sealed = last.last_event if last else 0
    events = list(
        session.scalars(
            select(AuditEvent).where(AuditEvent.number > sealed).order_by(AuditEvent.number)
        )
    )
    if not events:
        return None
    segment = AuditSegment(
        number=last.number + 1 if last else 1,
        first_event=events[0].number,
        last_event=events[-1].number,
        previous_sha256=last.sha256 if last else GENESIS,
        sealed_at=at,
        written=False,
    )
    segment.sha256 = hashlib.sha256(segment_bytes(segment, events)).hexdigest()
    session.add(segment)
    return segment


def segment_events(session: Session, segment: AuditSegment) -> list[AuditEvent]:
    """The events of one segment, in order."""
    return list(
        session.scalars(
            select(AuditEvent)
            .where(AuditEvent.number.between(segment.first_event, segment.last_event))
            .order_by(AuditEvent.number)
        )
    )


def verify_events(session: Session) -> ChainVerdict:
    """Walk the whole chain in the database: a changed, removed or inserted event does not fit."""
    count, previous = 0, GENESIS
    for event in iter_events(session):
        count += 1
        if event.number != count:
            return ChainVerdict(count, 0, f"event {count}")
        if event.previous_sha256 != previous or event.sha256 != event_sha256(event):
            return ChainVerdict(count, 0, f"event {event.number}")
        previous = event.sha256
    return ChainVerdict(count, 0)


def last_number(session: Session) -> int:
    """Number of the newest event; 0 where there is none."""
    return session.scalar(select(func.max(AuditEvent.number))) or 0


def iter_events(session: Session) -> Iterator[AuditEvent]:
    """All of them in order, by one statement."""
    rows = session.scalars(
        select(AuditEvent).order_by(AuditEvent.number).execution_options(yield_per=1000)
    )
    for row in rows:
        yield row
        session.expunge(row)  # memory stays flat however long the trail
