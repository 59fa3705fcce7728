"""Decisions that no act tells of, by their events: who decided, and what.

A row that says that something was decided has the event of it, by the same account; and one of
which an event says so is decided. Whoever writes into the database alone leaves no event. What was
decided after a backup is undecided again where that came back: no copy keeps these rows.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.base import Base
from archive_service.domain.case_files.access_request import (
    ENDING_STATES,
    AccessRequest,
    AccessRequestState,
)
from archive_service.domain.digitization.rereading import Rereading, RereadingState
from archive_service.domain.digitization.scan_batch import BatchState, ScanBatch
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.migration_batch import MigrationBatch
from archive_service.domain.signing.copy_signing import SigningOrder
from archive_service.evidence.compared.brought_back import BroughtBack

_TOGETHER = 500
_MARGIN = dt.timedelta(minutes=5)  # between a row and its event
_GIVEN = "given"  # of a row that has no state but this one


class Decision(NamedTuple):
    """A table, which event brings a row into which states, and the column that says who did.

    ``when``: the column with its moment. ``open_too``: events that may leave a row undecided.
    ``unnamed``: whose account no column has.
    """

    kind: str
    rows: type[Base]
    by: str
    brings: Mapping[str, AbstractSet[str]]
    state: Callable[[Any], str] = lambda row: str(row.state.value)
    when: str = ""
    open_too: AbstractSet[str] = frozenset()
    unnamed: AbstractSet[str] = frozenset()


DECISIONS: Sequence[Decision] = (
    Decision(
        "scan-batch",
        ScanBatch,
        "decided_by",
        {"batch:released": {BatchState.RELEASED}, "batch:rejected": {BatchState.REJECTED}},
        when="decided_at",
    ),
    Decision(
        "access-request",
        AccessRequest,
        "decided_by",
        {
            f"access-request:{state.value}": {state}
            for state in (
                *ENDING_STATES,
                AccessRequestState.REFUSED,
                AccessRequestState.REVOKED,
                AccessRequestState.WITHDRAWN,
            )
        },
        when="decided_at",
        unnamed={"access-request:withdrawn"},
    ),
    Decision(
        "rereading",
        Rereading,
        "decided_by",
        {
            "rereading:adopted": {RereadingState.ADOPTING, RereadingState.ADOPTED},
            "rereading:dropped": {RereadingState.DROPPED},
        },
        when="decided_at",
        open_too={"rereading:dropped"},  # of some case files alone
    ),
    Decision(
        "migration-batch",
        MigrationBatch,
        "approved_by",
        {"format:approved": {_GIVEN}},
        when="approved_at",
        state=lambda row: _GIVEN if row.approved_at else "",
    ),
    Decision(
        "signing-order",
        SigningOrder,
        "account",
        {f"copies:{done}": {_GIVEN} for done in ("ordered", "resumed", "signed")},
        state=lambda _: _GIVEN,
        unnamed={"copies:ordered", "copies:resumed"},  # whoever leaves hands an open one over
    ),
)


class _DecidingEvent(NamedTuple):
    """One event that decided a row."""

    number: int
    at: dt.datetime
    tag: str
    account: str


def decided_otherwise(session: Session) -> Iterator[str]:
    """Kind and id of each row that its events contradict."""
    brought_back = BroughtBack.read(session)
    for decision in DECISIONS:
        for rows in _parts(session, decision.rows):
            events = _events(session, decision, [row.id for row in rows])
            for row in rows:
                decisions = events.get(row.id, [])
                kept = [one for one in decisions if not brought_back.forgets(one.number, one.at)]
                if not _fits(decision, row, decisions) and not _fits(decision, row, kept):
                    yield f"{decision.kind} {row.id}"
            session.expunge_all()


def _parts(session: Session, kind: type[Any]) -> Iterator[Sequence[Any]]:
    after: UUID | None = None
    while True:
        query = select(kind).order_by(kind.id).limit(_TOGETHER)
        rows = session.scalars(query if after is None else query.where(kind.id > after)).all()
        if not rows:
            return
        after = rows[-1].id
        yield rows


def _events(
    session: Session, decision: Decision, ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[_DecidingEvent]]:
    """Of each the events that decided it, the last one last."""
    query = select(
        AuditEvent.subject_id,
        AuditEvent.number,
        AuditEvent.at,
        AuditEvent.tag,
        AuditEvent.account,
    ).where(
        AuditEvent.tag.in_(list(decision.brings)), AuditEvent.subject_id.in_(list(map(str, ids)))
    )
    found = defaultdict(list)
    for subject, number, at, tag, account in session.execute(query.order_by(AuditEvent.number)):
        found[UUID(subject)].append(_DecidingEvent(number, at, tag, account))
    return found


def _fits(decision: Decision, row: Any, events: Sequence[_DecidingEvent]) -> bool:
    state = decision.state(row)
    decided = any(state in states for states in decision.brings.values())
    if not events:
        return not decided
    last = events[-1]
    if state not in decision.brings[last.tag]:
        return last.tag in decision.open_too and not decided
    return last.tag in decision.unnamed or _decided_by(decision, row, last)


def _decided_by(decision: Decision, row: Any, last: _DecidingEvent) -> bool:
    """Whether the row names who did, and when: an event is recorded in the same transaction."""
    at = getattr(row, decision.when) if decision.when else last.at
    is_then = at is not None and abs(last.at - at) <= _MARGIN
    return is_then and getattr(row, decision.by) == last.account
