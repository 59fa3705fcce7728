"""Deliveries as people and systems see them: lists, one with its progress, what it refused."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, case, func, literal, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.db.paging import Order
from archive_service.db.words import has_words
from archive_service.domain.intake.delivery import Delivery, DeliveryRefusal, DeliveryState
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import UNCHECKED, Submission, SubmissionState
from archive_service.domain.people.account import Actor

NEWEST_FIRST = Order.by_moment(Delivery.received_at, Delivery.id)
BY_ROW = Order(
    columns=(DeliveryRefusal.ordinal, DeliveryRefusal.id), write=(str, str), read=(int, UUID)
)
_AT_ONCE = 500


def matching_deliveries(*, actor: Actor, state: DeliveryState | None = None) -> Select[Delivery]:
    """Those that the actor may see; without order.

    Raises:
        ActNotAllowedError: the actor may list no submissions.
    """
    access.require(actor, "submission:list")
    query = select(Delivery).where(access.visible(actor, "submission:list", Delivery.agency_id))
    return query if state is None else query.where(Delivery.state == state)


def refusals_of(delivery_id: UUID) -> Select[DeliveryRefusal]:
    """What it refused; whoever asks has looked it up before."""
    return select(DeliveryRefusal).where(DeliveryRefusal.delivery_id == delivery_id)


@dataclass(frozen=True, slots=True)
class Came:
    """A case file of a delivery that was received, and how far it is."""

    submission_id: UUID
    row: int  # of the sheet
    code: str
    title: str
    state: SubmissionState


@dataclass(frozen=True, slots=True)
class Shown:
    """A stretch of what a delivery brought: what it refused first, then what was received."""

    refused: Sequence[DeliveryRefusal]
    received: Sequence[Came]
    total: int  # of all that fits, shown or not


def brought_by(
    session: Session, delivery_id: UUID, *, which: str, text: str, offset: int, limit: int
) -> Shown:
    """What it brought, in four statements at most; whoever asks has looked it up before.

    Args:
        session: of a reading unit of work.
        delivery_id: of the delivery.
        which: ``refused`` or ``received`` alone; else both.
        text: only what has it in its code, or in the title of what was received.
        offset: rows before the first that is shown.
        limit: rows that are shown at most.
    """
    refused = refusals_of(delivery_id).where(
        has_words(text, DeliveryRefusal.code), literal(which != "received")
    )
    received = select(
        Submission.id,
        Submission.declared["row"].as_integer(),
        Submission.code,
        Submission.title,
        Submission.state,
    ).where(
        Submission.delivery_id == delivery_id,
        Submission.state != SubmissionState.REJECTED,  # told by its refusal
        has_words(text, Submission.code, Submission.title),
        literal(which != "refused"),
    )
    before, after = (
        session.scalar(select(func.count()).select_from(query.subquery())) or 0
        for query in (refused, received)
    )
    rows = session.scalars(
        refused.order_by(DeliveryRefusal.ordinal).limit(limit).offset(offset)
    ).all()
    came = session.execute(
        received.order_by(Submission.code, Submission.id)
        .limit(limit - len(rows))
        .offset(max(offset - before, 0))
    )
    return Shown(rows, [Came(*row) for row in came], before + after)


def iter_refusals(session: Session, delivery_id: UUID) -> Iterator[DeliveryRefusal]:
    """All that it refused, in the order of its rows, some at a time."""
    rows = session.scalars(
        refusals_of(delivery_id)
        .order_by(DeliveryRefusal.ordinal)
        .execution_options(yield_per=_AT_ONCE)
    )
    yield from rows


def outcomes(session: Session, rows: Sequence[Delivery]) -> dict[UUID, dict[str, int]]:
    """Of each delivery: submission state → how many. One statement for those under way.

    Of settled ones the row tells: what was returned does not come back with a rebuild.
    """
    by_id: dict[UUID, dict[str, int]] = {
        row.id: dict(row.outcome) for row in rows if row.settled_at is not None
    }
    open_ones = [row.id for row in rows if row.id not in by_id]
    by_id |= {delivery_id: {} for delivery_id in open_ones}
    counted = (
        select(Submission.delivery_id, Submission.state, func.count())
        .where(Submission.delivery_id.in_(open_ones))
        .group_by(Submission.delivery_id, Submission.state)
    )
    for delivery_id, state, count in session.execute(counted) if open_ones else ():
        if delivery_id is not None:
            by_id[delivery_id][state.value] = count
    return by_id


def standing(session: Session, ids: Sequence[UUID]) -> tuple[int, bool, int]:
    """Of the submissions of deliveries: how many wait for checks, if any is wrong, how many."""
    waiting = func.sum(case((Submission.state.in_(UNCHECKED), 1), else_=0))
    wrong = func.sum(case((Submission.worst == Severity.ERROR.value, 1), else_=0))
    found = session.execute(
        select(waiting, wrong, func.count()).where(Submission.delivery_id.in_(ids))
    ).one()
    return found[0] or 0, bool(found[1]), found[2]
