"""What a list that is being carried out still waits for, told before it has a certificate."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from archive_service import clock
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import DispositionItem
from archive_service.domain.retention.removal import PlaceState, Removal, RemovalPlace
from archive_service.services import Services
from retention.disposition.listing import get_disposition


def waiting_places(
    services: Services, disposition_id: UUID, *, actor: Actor
) -> list[dict[str, Any]]:
    """``[{place, trouble, until, count}]``: open places by what keeps them open, of how many each.

    ``trouble`` is empty where it was not tried yet; ``until``: when a lock ends, else ``None``.

    Raises:
        ActNotAllowedError, DispositionNotFoundError
    """
    with services.read_only() as session:
        row = get_disposition(session, disposition_id, actor=actor)
        kinds = RemovalPlace.place, RemovalPlace.trouble, RemovalPlace.until
        found = session.execute(
            select(*kinds, func.count())
            .join(Removal, Removal.id == RemovalPlace.removal_id)
            .join(DispositionItem, DispositionItem.id == Removal.ground_id)
            .where(DispositionItem.disposition_id == row.id, RemovalPlace.state == PlaceState.OPEN)
            .group_by(*kinds)
            .order_by(*kinds)
        ).all()
    return [
        {"place": place, "trouble": trouble, "until": until and clock.iso(until), "count": count}
        for place, trouble, until, count in found
    ]
