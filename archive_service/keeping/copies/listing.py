"""The copies as people see them: how they stand, how far they lag, how much room they have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from archive_service import access, clock
from archive_service.domain.keeping.enrolled_copy import CopyRole, CopyStanding, EnrolledCopy
from archive_service.domain.people.account import Actor
from archive_service.errors import BackendError
from archive_service.services import Services
from archive_service.storage.copies.lag import Lag, copy_lag
from archive_service.storage.port import ObjectStore, TellsRoom


@dataclass(frozen=True, slots=True)
class KnownCopy:
    """One copy of the settings or of the rows, as people see it."""

    name: str
    url: str | None  # None: no longer in the settings
    state: str
    role: str
    identity: str | None
    lag: Lag
    verified_at: str | None
    away_since: str | None
    free_bytes: int | None
    retired_at: str | None = None
    medium: Mapping[str, str] = field(default_factory=dict)  # what was stated of it; {}: nothing

    def as_document(self) -> dict[str, Any]:
        """The JSON document of ``archive copy list``."""
        return {
            "name": self.name,
            "url": self.url,
            "state": self.state,
            "role": self.role,
            "identity": self.identity,
            "lag": self.lag.as_document(),
            "verified_at": self.verified_at,
            "away_since": self.away_since,
            "free_bytes": self.free_bytes,
            "retired_at": self.retired_at,
            "medium": dict(self.medium) or None,
        }


def list_copies(services: Services, *, actor: Actor) -> list[KnownCopy]:
    """Every copy of the settings, and every one that was enrolled; no secret in its URL.

    Raises:
        ActNotAllowedError: ``actor`` may not read the status.
    """
    access.require(actor, "status:read")
    with services.read_only() as session:
        rows = {row.name: row for row in session.scalars(select(EnrolledCopy))}
        lags = copy_lag(session)
    settings = services.settings.storage
    stores = {
        store.name: (store, url, role)
        for role, urls, some in (
            (CopyRole.COPY, settings.copies, services.stores),
            (CopyRole.RESERVE, settings.reserve, services.reserve_stores),
        )
        for store, url in zip(some, urls, strict=True)
    }
    told = []
    for name in [*stores, *sorted(set(rows) - set(stores))]:
        store, url, role = stores.get(name, (None, None, None))
        row = rows.get(name)
        retired = row is not None and row.state is CopyStanding.RETIRED
        told.append(
            KnownCopy(
                name=name,
                url=None if url is None else without_secret(url),
                state="unknown" if row is None else row.state.value,
                role=str(row.role.value if row is not None else role),
                identity=None if row is None else row.identity,
                lag=lags.get(name, Lag()),
                verified_at=None if row is None else _iso(row.verified_at),
                away_since=None if row is None else _iso(row.away_since),
                free_bytes=None if retired else free_bytes(store),
                retired_at=None if row is None else _iso(row.retired_at),
                medium={} if row is None else row.medium,
            )
        )
    return told


def without_secret(url: str) -> str:
    """A URL as it may be shown."""
    before, at, after = url.rpartition("@")
    if not at:
        return url
    return f"{before.rpartition(':')[0]}:***@{after}"


def free_bytes(store: ObjectStore | None) -> int | None:
    """Room left in a store; ``None`` where it does not tell."""
    told: object = store
    try:
        return told.free_bytes() if isinstance(told, TellsRoom) else None
    except BackendError:
        return None


def _iso(moment: Any) -> str | None:
    return None if moment is None else clock.iso(moment)
