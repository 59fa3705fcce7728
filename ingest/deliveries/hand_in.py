"""What is handed in at once and declares several case files: a delivery with one receipt."""

import hashlib
from collections.abc import Mapping, Sequence

from archive_service import clock
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.intake.delivery import Delivery, DeliveryRefusal, DeliveryState
from archive_service.domain.people.account import Actor
from archive_service.jobs.ledger import JobLedger
from archive_service.storage.staging import StagedObject
from ingest.channels.parcel import Entry, Parcel
from ingest.deliveries.arrivals import Arrival
from ingest.deliveries.delivery import begin, new_delivery, tell_delivery
from ingest.deliveries.settle import queue_settling


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
