"""The stations as people see them: when a page last came, what is open of theirs."""

from collections.abc import Collection
from operator import itemgetter
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
from digitize.batches.reach import USUAL_STANDARD, accounts_without_station, list_stations


def stations_standing(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """``{name, title, device, standard, active, seen_at, batches, tickets}`` by name.

    ``batches`` are those that are not decided, ``tickets`` those that are not answered. An account
    that was added and has sent nothing stands among them as the station that it will be.
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
        new = accounts_without_station(session, actor=actor)
        of_batches = {row[0]: row[1] for row in session.execute(batches)}
        of_tickets = {row[0]: row[1] for row in session.execute(tickets)}
    found = [
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
    found += [
        {
            "name": account.name,
            "title": account.person,
            "device": "",
            "standard": USUAL_STANDARD,
            "active": True,
            "seen_at": None,
            "batches": 0,
            "tickets": 0,
        }
        for account in new
    ]
    return sorted(found, key=itemgetter("name"))


def pictured(services: Services, pages: Collection[str], *, actor: Actor) -> set[str]:
    """Which of these pages have a small picture that the account may see."""
    query = select(ScanPage).where(
        ScanPage.id.in_([UUID(page) for page in pages]), ScanPage.thumbnail_sha256.is_not(None)
    )
    with services.read_only() as session:
        return {str(page.id) for page in session.scalars(query) if not is_hidden(page, actor)}
