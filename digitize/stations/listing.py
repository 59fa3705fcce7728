"""The stations as people see them: when a page last came, what is open of theirs."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from archive_service import clock
from archive_service.domain.digitization.scan_batch import (
    OPEN_BATCHES,
    RescanTicket,
    ScanBatch,
    ScanPage,
)
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from digitize.batches.desk.strip import is_hidden
from digitize.batches.reach import list_stations


def stations_standing(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """``{name, title, device, standard, active, seen_at, batches, tickets}`` by name.

    ``batches`` are those that are not decided, ``tickets`` those that are not answered.
    """
    batches = (
        select(ScanBatch.station_id, func.count())
        .where(ScanBatch.state.in_(OPEN_BATCHES))
        .group_by(ScanBatch.station_id)
    )
    tickets = (
        select(RescanTicket.station_id, func.count())
        .where(RescanTicket.closed_at.is_(None))
        .group_by(RescanTicket.station_id)
    )
    with services.read_only() as session:
        stations = list_stations(session, actor=actor)
        of_batches = {row[0]: row[1] for row in session.execute(batches)}
        of_tickets = {row[0]: row[1] for row in session.execute(tickets)}
    return [
        {
            "name": station.name,
            "title": station.title,
            "device": station.device,
            "standard": station.standard,
            "active": station.active,
            "seen_at": clock.iso(station.seen_at) if station.seen_at else None,
            "batches": of_batches.get(station.id, 0),
            "tickets": of_tickets.get(station.id, 0),
        }
        for station in stations
    ]


def pictured(services: Services, pages: Collection[str], *, actor: Actor) -> set[str]:
    """Which of these pages have a small picture that the account may see."""
    query = select(ScanPage).where(
        ScanPage.id.in_([UUID(page) for page in pages]), ScanPage.thumbnail_sha256.is_not(None)
    )
    with services.read_only() as session:
        return {str(page.id) for page in session.scalars(query) if not is_hidden(page, actor)}
