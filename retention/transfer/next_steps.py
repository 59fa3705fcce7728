"""What comes next of a transfer, and who does it: the same for commands, programs and pages."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.document import NextActDocument
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import WORKER
from archive_service.domain.transfer.transfer import (
    GOING,
    UNSETTLED,
    Transfer,
    TransferDirection,
    TransferItemState,
    TransferState,
)
from retention.transfer.papers.kinds import MINUTES, PAPER
from retention.transfer.transitions import TRANSITIONS

Counts = Mapping[TransferItemState, int]
_State = TransferItemState
_BY_BOTH = 2  # signatures on minutes, the receiver's and the giver's


def next_acts(row: Transfer, counts: Counts, *, to_sign: bool = False) -> list[NextActDocument]:
    """``[{act, role, needs}]``, what is first before.

    Args:
        to_sign: whether the receiver's minutes are here and lack our signature.
    """
    if row.direction is TransferDirection.IN:
        return list(_taking_in(row, counts))
    return list(_handing_over(row, counts, to_sign=to_sign))


def minutes_to_sign(session: Session, rows: Sequence[Transfer]) -> set[UUID]:
    """Of these those whose minutes came and are not signed by the giver; in one statement."""
    replied = (TransferState.REPLIED, TransferState.CLOSED)
    ours = {
        f"{row.id}:{MINUTES}": row.id
        for row in rows
        if row.direction is TransferDirection.OUT and row.state in replied
    }
    if not ours:
        return set()
    query = select(Act).where(Act.kind == PAPER, Act.subject_id.in_(ours))
    newest = {row.subject_id: row for row in session.scalars(query.order_by(Act.at, Act.id.desc()))}
    return {
        ours[subject]
        for subject, act in newest.items()
        if len(act.document["signatures"]) < _BY_BOTH
    }


def _act(
    name: str, role: str = "archivist", *, lacks: Collection[str] | None = None
) -> NextActDocument:
    return TRANSITIONS.next_act(name, role, lacks)


def _handing_over(row: Transfer, counts: Counts, *, to_sign: bool) -> Iterator[NextActDocument]:
    match row.state:
        case TransferState.BUILT if counts.get(_State.BUILT):
            yield _act("send")
        case TransferState.BUILT:  # a hold stopped all that was to go
            yield from _over(counts)
        case TransferState.SENT:
            yield _act("read-reply")
        case TransferState.REPLIED:
            yield from _after_reply(counts, to_sign=to_sign)
        case TransferState.CLOSED:
            if to_sign:
                yield _act("minutes")
            if counts.get(_State.RECEIPTED):  # held when it was closed
                yield _act("close")
            if counts.get(_State.TRANSFERRED):
                yield _act("remove", "agency-head")
        case _:
            yield from _of_register(row, counts)


def _of_register(row: Transfer, counts: Counts) -> Iterator[NextActDocument]:
    match row.state:
        case TransferState.DRAFT:
            if row.composed_by != WORKER.account:  # else somebody reads it first
                yield _act("approve", "agency-head")
            yield _act("amend")
        case TransferState.APPROVED:
            yield _act("send-register")
            yield _act("sent")
        case TransferState.REGISTERED:
            if row.register_sequence:  # it went signed, and is answered so
                yield _act("read-answer")
            yield _act("answer")
        case TransferState.ANSWERED if not _some(counts, GOING):
            yield _act("amend" if row.sent_at is None else "correct")
            yield from _over(counts)
        case TransferState.ANSWERED:
            yield _act("build", lacks=None if row.waits_until(clock.today()) else ())


def _after_reply(counts: Counts, *, to_sign: bool) -> Iterator[NextActDocument]:
    """What came back goes once more before the end, or stays here by it."""
    if counts.get(_State.RETURNED):
        yield _act("correct")
    if counts.get(_State.SENT):
        yield _act("read-reply")
    if to_sign:
        yield _act("minutes")
    if not _some(counts, UNSETTLED):
        yield _act("close", lacks=())


def _over(counts: Counts) -> Iterator[NextActDocument]:
    """The end of one that was to go once more, of which nothing may go by now."""
    if counts.get(_State.RECEIPTED) and not _some(counts, UNSETTLED):
        yield _act("close", lacks=())


def _taking_in(row: Transfer, counts: Counts) -> Iterator[NextActDocument]:
    open_ = row.state in (TransferState.RECEIVED, TransferState.DECIDED)
    if row.state is TransferState.REGISTERED:
        yield _act("answer-register")
    if row.state is TransferState.ANSWERED and counts.get(_State.LISTED):
        yield _act("receive")
    if open_ and counts.get(_State.ARRIVED):
        yield _act("decide")
    if open_ and counts.get(_State.AWAITED):
        yield _act("receive")
    if row.state is TransferState.DECIDED and not counts.get(_State.ARRIVED):
        yield _act("reply", lacks=None if counts.get(_State.ACCEPTED) else ())


def _some(counts: Counts, states: Collection[TransferItemState]) -> bool:
    return any(counts.get(state) for state in states)
