"""Databases that were set aside: damaged ones, copies of an upgrade, kept homes of drills.

They are somebody's way back, so they are no job's to remove: the place is open until a person has.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from archive_service import clock
from archive_service.errors import BackendError
from archive_service.services import Services
from archive_service.storage.destroy.places import Remains
from retention.destruction.places.notes import places_named, proofs_at, rows_left

NAME = "database-aside"
_BEFORE = "rows_gone_at"
_MOST = 20  # names that a proof tells


class DatabaseSetAsideError(BackendError):
    """Files of databases from before are still here; whoever set them aside removes them."""


class DatabasesAside:
    """Files below the home that are whole databases of an earlier day."""

    name = NAME

    def __init__(self, services: Services) -> None:
        self._services = services

    def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
        """Which there are, below the home."""
        home = self._services.settings.home
        files = sorted(str(file.relative_to(home)) for file in self._iter_files())
        facts = {"found": len(files), "files": files[:_MOST]}
        return {remains.removal_id: dict(facts) for remains in many}

    def remove(self, many: Sequence[Remains]) -> None:
        """Only note when the rows had gone: what is set aside from then on holds none of them."""
        with self._services.writing() as session:
            rows = rows_left(session, many)
            gone = [identifier for identifier, count in rows.items() if not count]
            for place in places_named(session, self.name, gone):
                if _BEFORE not in place.proof:
                    place.proof = place.proof | {_BEFORE: clock.iso(clock.now())}

    def left(self, many: Sequence[Remains]) -> dict[UUID, BackendError]:
        """Those from before; all of them where rows are left."""
        changed = {file: file.stat().st_mtime for file in self._iter_files()}
        with self._services.read_only() as session:
            proofs = proofs_at(session, self.name, [remains.removal_id for remains in many])
        found: dict[UUID, BackendError] = {}
        for removal, proof in proofs.items():
            before = clock.parse_iso(proof[_BEFORE]) if _BEFORE in proof else clock.now()
            kept = [file.name for file, at in changed.items() if at <= before.timestamp()]
            if kept or _BEFORE not in proof:
                found[removal] = DatabaseSetAsideError(count=len(kept), files=", ".join(kept[:3]))
        return found

    def _iter_files(self) -> Iterator[Path]:
        settings, engine = self._services.settings, self._services.database.engine
        if engine.url.get_backend_name() == "sqlite" and engine.url.database:
            file = Path(engine.url.database)
            yield from file.parent.glob(f"{file.name}.unreadable-*")
        for folder in ("upgrades", settings.backup.drill_folder):
            yield from (settings.home / folder).rglob("archive.db")
