"""Deliveries as they are: found, told of, stopped, gone on with, closed."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import Database
from archive_service.domain.intake.delivery import DELIVERY, Delivery, DeliveryState
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import ConflictError, NotFoundError
from archive_service.jobs.ledger import JobLedger
from archive_service.packaging.catalogue import as_json
from ingest.deliveries.settle import queue_settling

_NOT_TOLD = frozenset({"revision", "receipt_issued_at"})  # the latter: once the act is out


class DeliveryNotFoundError(NotFoundError):
    """There is no such delivery, or not for this account."""

    code = "delivery-not-found"


class DeliveryNotStoppedError(ConflictError):
    """Only a stopped delivery is closed; one under way is stopped first."""

    code = "delivery-not-stopped"


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    """The delivery as its act tells it, and as its row is rebuilt from it."""
    columns = (one.key for one in inspect(Delivery).column_attrs if one.key not in _NOT_TOLD)
    return {"row": {name: as_json(getattr(delivery, name)) for name in columns}}


def new_delivery(actor: Actor, *, channel: str, source: str, place: str, sha256: str) -> Delivery:
    """A delivery that begins now, in no session yet; ``sha256`` is that of its list."""
    return Delivery(
        id=uuid4(),
        agency_id=actor.agency_id,
        channel=channel,
        source=source[:500],
        place=place,
        content_sha256=sha256,
        submitted_by=actor.account,
        submitter={"role": actor.role.value, "os_user": actor.os_user},
        received_at=clock.now(),
        findings=[],
        trouble={},
    )


def begin(session: Session, delivery: Delivery, actor: Actor) -> None:
    """Put it into the session, with its act and event; the caller commits."""
    session.add(delivery)
    session.flush()
    session.add(
        Act(
            kind=DELIVERY,
            subject_id=str(delivery.id),
            at=delivery.received_at,
            document=delivery_document(delivery),
        )
    )
    tell_delivery(session, delivery, "delivery:begun", actor)


def submitter_of(delivery: Delivery) -> Actor:
    """Who handed it in, as they were then."""
    told = delivery.submitter
    role, os_user = Role(told["role"]), told.get("os_user", "")
    return Actor(delivery.submitted_by, role, delivery.agency_id, os_user=os_user)


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
    with database.unit_of_work() as uow:
        delivery = find_delivery(uow.session, delivery_id, actor=actor)
        moved = uow.session.scalar(
            update(Delivery)
            .where(Delivery.id == delivery_id, Delivery.state == was)
            .values(state=to, revision=Delivery.revision + 1)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        if moved is not None:
            tell_delivery(uow.session, delivery, f"delivery:{_OUTCOMES[to]}", actor)
        uow.commit()


def close_delivery(delivery_id: UUID, *, actor: Actor, database: Database, jobs: JobLedger) -> None:
    """No more of a stopped one will come: what was taken is settled. Fine if it is over already.

    Raises:
        DeliveryNotFoundError, ActNotAllowedError
        DeliveryNotStoppedError: it is under way.
    """
    access.require(actor, "submission:create")
    with database.unit_of_work() as uow:
        delivery = find_delivery(uow.session, delivery_id, actor=actor)
        closed = uow.session.scalar(
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
            tell_delivery(uow.session, delivery, "delivery:closed", actor)
            queue_settling(uow.session, delivery_id, jobs)
        uow.commit()


_OUTCOMES = {DeliveryState.STOPPED: "stopped", DeliveryState.RUNNING: "resumed"}


def find_delivery(session: Session, delivery_id: UUID, *, actor: Actor) -> Delivery:
    """``DeliveryNotFoundError`` where there is none that the actor may know of."""
    seen = access.visible(actor, "submission:list", Delivery.agency_id)
    found = session.scalar(select(Delivery).where(Delivery.id == delivery_id, seen))
    if found is None:
        raise DeliveryNotFoundError(id=delivery_id)
    return found


def tell_delivery(session: Session, delivery: Delivery, tag: str, actor: Actor) -> None:
    record_event(
        session,
        tag,
        subject_id=delivery.id,
        actor=actor,
        agency_id=delivery.agency_id,
        data={
            "source": delivery.source,
            "channel": delivery.channel,
            "list_sha256": delivery.content_sha256,
            "rows": delivery.rows,
            "done": delivery.done,
            "refused": delivery.refused,
            "again": delivery.again,
        },
    )
