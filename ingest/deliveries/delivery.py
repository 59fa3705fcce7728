"""Deliveries as they are: found, told of, stopped, gone on with, closed."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.db.unit_of_work import Database
from archive_service.domain.intake.delivery import Delivery, DeliveryState
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, NotFoundError
from archive_service.jobs.ledger import JobLedger
from ingest.receiving.delivery import tell_delivery
from ingest.receiving.settling import queue_settling


class DeliveryNotFoundError(NotFoundError):
    """There is no such delivery, or not for this account."""


class DeliveryNotStoppedError(ConflictError):
    """Only a stopped delivery is closed; one under way is stopped first."""


def stop_delivery(delivery_id: UUID, *, actor: Actor, database: Database) -> None:
    """No further piece is taken; what was taken stays. Fine if it is over already."""
    _move(delivery_id, DeliveryState.RUNNING, DeliveryState.STOPPED, actor, database)


def resume_delivery(delivery_id: UUID, *, actor: Actor, database: Database) -> None:
    """A stopped one may be gone on with; by whoever calls ``iter_taken``."""
    _move(delivery_id, DeliveryState.STOPPED, DeliveryState.RUNNING, actor, database)


def _move(
    delivery_id: UUID, was: DeliveryState, to: DeliveryState, actor: Actor, database: Database
) -> None:
    access.require(actor, "submission:create")
    with database.writing() as session:
        delivery = find_delivery(session, delivery_id, actor=actor)
        moved = session.scalar(
            update(Delivery)
            .where(Delivery.id == delivery_id, Delivery.state == was)
            .values(state=to, revision=Delivery.revision + 1)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        if moved is not None:
            tell_delivery(session, delivery, f"delivery:{_OUTCOMES[to]}", actor)


def close_delivery(delivery_id: UUID, *, actor: Actor, database: Database, jobs: JobLedger) -> None:
    """No more of a stopped one will come: what was taken is settled. Fine if it is over already.

    Raises:
        DeliveryNotFoundError, ActNotAllowedError
        DeliveryNotStoppedError: it is under way.
    """
    access.require(actor, "submission:create")
    with database.writing() as session:
        delivery = find_delivery(session, delivery_id, actor=actor)
        closed = session.scalar(
            update(Delivery)
            .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.STOPPED)
            .values(
                state=DeliveryState.DONE,
                finished_at=clock.now(),
                trouble={},
                revision=Delivery.revision + 1,
            )
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        if closed is None and delivery.state is not DeliveryState.DONE:
            raise DeliveryNotStoppedError(id=delivery_id, source=delivery.source)
        if closed is not None:
            tell_delivery(session, delivery, "delivery:closed", actor)
            queue_settling(session, delivery_id, jobs)


_OUTCOMES = {DeliveryState.STOPPED: "stopped", DeliveryState.RUNNING: "resumed"}


def find_delivery(session: Session, delivery_id: UUID, *, actor: Actor) -> Delivery:
    """``DeliveryNotFoundError`` where there is none that the actor may know of."""
    seen = access.visible(actor, "submission:list", Delivery.agency_id)
    found = session.scalar(select(Delivery).where(Delivery.id == delivery_id, seen))
    if found is None:
        raise DeliveryNotFoundError(id=delivery_id)
    return found
