"""Agencies that were merged, split or dissolved: who took over from them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.agencies.agency import Agency, AgencySuccession

_Links = dict[UUID, dict[UUID, dt.date | None]]  # who was followed → by whom, since when


class Heir(NamedTuple):
    """An agency that took over from another, or from one that had."""

    agency_id: UUID
    code: str
    name: str
    on: dt.date | None
    is_last: bool  # nobody took over from it


def heirs_of(session: Session, agency_ids: Iterable[UUID]) -> dict[UUID, list[Heir]]:
    """Who took over from each, and from those; a statement a generation, and one for names."""
    wanted = set(agency_ids)
    links: _Links = {}
    asked = wanted
    while asked:
        query = select(
            AgencySuccession.predecessor_id, AgencySuccession.successor_id, AgencySuccession.on
        ).where(AgencySuccession.predecessor_id.in_(asked))
        found: set[UUID] = set()
        for before, after, on in session.execute(query):
            links.setdefault(before, {})[after] = on
            found.add(after)
        asked = found - links.keys() - wanted
    if not links:
        return {}
    names = agency_words(session, {after for link in links.values() for after in link})
    return {
        key: [
            Heir(after, *names[after], on, after not in links)
            for after, on in _followed(key, links).items()
        ]
        for key in wanted & links.keys()
    }


def agency_words(session: Session, ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """Code and name of each of these agencies."""
    query = select(Agency.id, Agency.code, Agency.name).where(Agency.id.in_(set(ids)))
    return {id_: (code, name) for id_, code, name in session.execute(query)}


def _followed(
    first: UUID, links: Mapping[UUID, Mapping[UUID, dt.date | None]]
) -> dict[UUID, dt.date | None]:
    found: dict[UUID, dt.date | None] = {}
    left = [first]
    while left:
        for after, on in links.get(left.pop(0), {}).items():
            if after not in found and after != first:
                found[after] = on
                left.append(after)
    return found
