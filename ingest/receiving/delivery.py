"""Deliveries of several case files: begun, told of, and who handed them in."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.intake.delivery import (
    DELIVERY,
    Delivery,
    DeliveryRefusal,
    DeliveryState,
)
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor, Role
from archive_service.jobs.ledger import JobLedger
from archive_service.packaging.catalogue import as_json
from archive_service.storage.staging import StagedObject
from ingest.channels.parcel import Entry, Parcel
from ingest.receiving.arrivals import Arrival
from ingest.receiving.settling import queue_settling

_NOT_TOLD = frozenset({"revision", "receipt_issued_at"})  # the latter: once the act is out


def delivery_act(
    delivery: Delivery, at: dt.datetime, beside: Mapping[str, Any] = MappingProxyType({})
) -> Act:
    """The act of a delivery as it is now, from which its row is rebuilt; in no session yet."""
    columns = (
        column_attr.key
        for column_attr in inspect(Delivery).column_attrs
        if column_attr.key not in _NOT_TOLD
    )
    row = {name: as_json(getattr(delivery, name)) for name in columns}
    document = {"row": row, **beside}
    return Act(kind=DELIVERY, subject_id=str(delivery.id), at=at, document=document)


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
    session.add(delivery_act(delivery, delivery.received_at))
    tell_delivery(session, delivery, "delivery:begun", actor)


def submitter_of(delivery: Delivery) -> Actor:
    """Who handed it in, as they were then."""
    submitter = delivery.submitter
    role, os_user = Role(submitter["role"]), submitter.get("os_user", "")
    return Actor(delivery.submitted_by, role, delivery.agency_id, os_user=os_user)


def tell_delivery(session: Session, delivery: Delivery, tag: str, actor: Actor) -> None:
    record_event(
        session,
        tag,
        of=delivery,
        actor=actor,
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


def delivery_of(
    sheet: Entry | None, parcel: Parcel, arrivals: Sequence[Arrival], actor: Actor
) -> Delivery | None:
    """The delivery, in no session yet; nothing where one case file alone is declared."""
    if sheet is None or len(arrivals) == 1:
        return None
    digest = hashlib.sha256()
    with sheet.open() as source:
        while piece := source.read(1 << 20):
            digest.update(piece)
    delivery = new_delivery(
        actor, channel=parcel.channel, source=parcel.source, place="", sha256=digest.hexdigest()
    )
    delivery.rows, delivery.sent_at = len(arrivals), parcel.sending.sent_at
    return delivery


def note_taken(
    uow: UnitOfWork,
    delivery: Delivery,
    refused: Sequence[DeliveryRefusal],
    fresh: Mapping[str, StagedObject],
    *,
    again: int,
    actor: Actor,
    jobs: JobLedger,
) -> None:
    """It was taken in whole, in the caller's transaction: begun and done at once.

    Args:
        fresh: the files of what is new, by path.
        again: case files that had come before.
    """
    delivery.state, delivery.finished_at = DeliveryState.DONE, clock.now()
    delivery.done, delivery.refused, delivery.again = delivery.rows, len(refused), again
    delivery.files = len(fresh)
    delivery.size_bytes = sum(content.size_bytes for content in fresh.values())
    session = uow.session
    begin(session, delivery, actor)
    session.add_all(refused)
    tell_delivery(session, delivery, "delivery:done", actor)
    queue_settling(session, delivery.id, jobs)
