"""Deliveries from their acts: what was in each, what it refused, and its one receipt."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.db.acts import newest_bodies
from archive_service.domain.intake.delivery import (
    DELIVERY,
    SETTLE_JOB,
    TAKE_JOB,
    Delivery,
    DeliveryBody,
    DeliveryRefusal,
    DeliveryState,
)
from archive_service.domain.keeping.act import Act
from archive_service.errors import ConflictError
from archive_service.packaging.catalogue import row_from

_COUNTS = ("done", "refused", "again", "files", "size_bytes")


class DeliveryInterruptedError(ConflictError):
    """The database was lost before the delivery was settled: what was not accepted is gone."""


def restore_deliveries(session: Session) -> list[Delivery]:
    """The rows that are not carried over from an old database; those with a receipt are returned.

    Called once case files are back. A delivery that was not settled stands still until a person
    has its list read anew, by which what is in custody is known again, or closes it.
    """
    there = set(session.scalars(select(Delivery.id)))
    for body in newest_bodies(session, DELIVERY):
        if UUID(body["row"]["id"]) not in there:
            _restore(session, body)
    session.flush()
    with_receipt = session.scalars(select(Delivery).where(Delivery.receipt_sha256.is_not(None)))
    return [_promised(session, row) for row in with_receipt.all()]


def carry_deliveries(
    session: Session,
    rows: list[Any],
    jobs: list[tuple[UUID, str]],
    numbers: list[dict[str, Any]],
) -> None:
    """All that an old database knows of them, and the jobs that go on with those not over yet."""
    for delivery in session.scalars(select(Delivery)):
        rows.append(delivery)
        if delivery.receipt_number is not None:
            numbers.append({"number": delivery.receipt_number, "year": delivery.receipt_year})
        if delivery.state is DeliveryState.RUNNING and delivery.place:
            jobs.append((delivery.id, TAKE_JOB))
        if delivery.state is DeliveryState.DONE and delivery.settled_at is None:
            jobs.append((delivery.id, SETTLE_JOB))
    rows += session.scalars(select(DeliveryRefusal))


def receipt_numbers(bodies: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Number and year of the receipts that acts of deliveries tell of."""
    return [
        {"number": row["receipt_number"], "year": row["receipt_year"]}
        for row in (body["row"] for body in bodies)
        if row["receipt_number"] is not None
    ]


def _restore(session: Session, body: DeliveryBody) -> None:
    delivery = row_from(Delivery, body["row"])
    if delivery.settled_at is None:
        delivery.state = DeliveryState.STOPPED
        for name in _COUNTS:
            setattr(delivery, name, 0)
        delivery.trouble = _interrupted(delivery)
    session.add(delivery)
    session.add_all(
        DeliveryRefusal(delivery_id=delivery.id, declared={}, **refusal)
        for refusal in body.get("refused", ())
    )


def _interrupted(delivery: Delivery) -> dict[str, Any]:
    trouble = DeliveryInterruptedError(source=delivery.source)
    return {"code": trouble.code, "facts": trouble.facts}


def _promised(session: Session, row: Delivery) -> Delivery:
    """Issued if every copy holds the act; else as soon as they do."""
    act = session.scalar(
        select(Act).where(Act.kind == DELIVERY, Act.companion_sha256 == row.receipt_sha256)
    )
    if act is not None and act.written:
        row.receipt_issued_at = act.at
    return row
