"""Holds whose day has passed: somebody is reminded, once; the hold stays until it is lifted."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.people.account import WORKER, Role
from archive_service.domain.retention.hold import Hold, HoldOrder
from archive_service.jobs.port import Lease
from archive_service.notices import inbox
from archive_service.services import Services

REMIND_JOB = "remind-holds"
OVERDUE = "hold-overdue"  # a kind of notice


def remind(lease: Lease, services: Services) -> None:
    """Tell those who may lift an order that its day has passed; safe to repeat."""
    today = clock.today()
    standing = exists().where(Hold.order_id == HoldOrder.id, Hold.lifted_at.is_(None))
    due = select(HoldOrder).where(
        HoldOrder.until < today, HoldOrder.reminded_on.is_(None), standing
    )
    with services.writing() as session:
        for order in session.scalars(due.order_by(HoldOrder.placed_at)):
            order.reminded_on = today
            _tell(session, order)
        services.jobs.finish(session, lease)


def settle(session: Session, order: HoldOrder) -> None:
    """Nobody has to lift what does not stand any more."""
    session.flush()
    standing = select(Hold.id).where(Hold.order_id == order.id, Hold.lifted_at.is_(None))
    if session.scalar(standing.limit(1)) is None:
        inbox.settle(session, OVERDUE, order.id)


def _tell(session: Session, order: HoldOrder) -> None:
    of_fonds = select(Fonds.agency_id).join(Hold, Hold.fonds_id == Fonds.id)
    agency_id = session.scalar(of_fonds.where(Hold.order_id == order.id))
    placer = inbox.named(session, [order.placed_by])
    role = Role(order.placed_role)
    others: list[UUID] = []
    if role is Role.HEAD or agency_id is not None:
        others = inbox.people(session, roles=(role,), agency_id=agency_id)
    until = order.until and order.until.isoformat()
    inbox.tell(
        session,
        "hold-overdue",
        to=[*placer, *others],
        subject_id=order.id,
        facts={"authority": order.authority, "on": until, "count": order.case_files},
        href=f"/holds?order={order.id}",
    )
    record_event(
        session,
        "hold:overdue",
        subject_id=order.id,
        actor=WORKER,
        agency_id=agency_id,
        data={"authority": order.authority, "until": until},
    )
