"""The copies as people see them: how they stand, how far they lag, how much room they have."""

from sqlalchemy import select

from archive_service import access
from archive_service.domain.keeping.enrolled_copy import CopyRole, CopyStanding, EnrolledCopy
from archive_service.domain.people.account import Actor
from archive_service.errors import BackendError
from archive_service.keeping.copies.documents import (
    CopyLagDocument,
    KnownCopyDocument,
    MediumDocument,
)
from archive_service.log import hide_secrets
from archive_service.services import Services
from archive_service.storage.copies.lag import Lag, copy_lag
from archive_service.storage.port import ObjectStore, TellsRoom


def list_copies(services: Services, *, actor: Actor) -> list[KnownCopyDocument]:
    """Every copy with its standing, and how far it lags behind.

    No secret stands in its URL.

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
    listed = []
    for name in [*stores, *sorted(set(rows) - set(stores))]:
        store, url, role = stores.get(name, (None, None, None))
        row = rows.get(name)
        retired = row is not None and row.state is CopyStanding.RETIRED
        listed.append(
            KnownCopyDocument(
                name=name,
                url=None if url is None else hide_secrets(url),
                state="unknown" if row is None else row.state.value,
                role=str(row.role.value if row is not None else role),
                identity=None if row is None else row.identity,
                lag=CopyLagDocument.of_row(lags.get(name, Lag())),
                verified_at=None if row is None else row.verified_at,
                away_since=None if row is None else row.away_since,
                free_bytes=None if retired else free_bytes(store),
                retired_at=None if row is None else row.retired_at,
                medium=None if row is None or not row.medium else MediumDocument(**row.medium),
            )
        )
    return listed


def free_bytes(store: ObjectStore | None) -> int | None:
    """Room left in a store; ``None`` where it does not tell."""
    free: object = store
    try:
        return free.free_bytes() if isinstance(free, TellsRoom) else None
    except BackendError:
        return None
