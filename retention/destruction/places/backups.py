"""Rows and staged bytes of a case file in the backups: closed for good by their key.

Rows lie together in a dump: its key opens those of others too. So once the rows are gone the next
sets get a key of rows of their own; when one of them is whole, the keys from before are destroyed,
and every older set is noise but for the packages of others, each under its own key.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.errors import BackendError
from archive_service.recovery.backup.acts import RESTORE, ROWS_KEY
from archive_service.recovery.backup.keys import DATABASE, BackupKeys, key_folder, number_of
from archive_service.recovery.backup.set import BackupKind
from archive_service.services import Services
from archive_service.storage.destroy.places import Remains, RemainsLeftError
from archive_service.storage.port import StoreUnreachableError
from retention.destruction.places.notes import CLOSED, places_named, proofs_at, rows_left

NAME = "backup-rows"
# A medium of the settings that has no newer set by then is not waited for any more: the law gives
# 15 days from the decision (TT 05/2025/TT-BNV), and another medium has one.
PATIENCE = dt.timedelta(days=10)
_SINCE, _NOTED = "sets_from_key", "noted_at"


class BackupAwaitedError(BackendError):
    """No backup was made since the rows went: the key of the older ones is still needed."""


class BackupPlainError(BackendError):
    """Sets that nobody encrypted hold the rows; they go by being removed from their medium."""


class BackupRows:
    """The rows in the dumps of older sets; waits for a newer one, then destroys their key."""

    name = NAME

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self._services, self._encrypts = services, settings.backup.encrypt
        given = [settings.backup.keys, *settings.backup.keys_copies]
        self._folders = [BackupKeys(key_folder(url, home=settings.home)) for url in given]
        self._targets = {str(Path(name).absolute()) for name in settings.backup.targets}

    def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
        """Which sets there are."""
        with self._services.read_only() as session:
            sets = _sets_found(self._done(session))
        return {remains.removal_id: dict(sets) for remains in many}

    def remove(self, many: Sequence[Remains]) -> None:
        """Have newer sets begin with a key of their own; mark older keys where they may go.

        Raises:
            StoreUnreachableError: a folder of keys is away.
        """
        with self._services.read_only() as session:
            rows = rows_left(session, many)
        self._note([identifier for identifier, count in rows.items() if not count])
        with self._services.read_only() as session:
            runs = self._done(session)
            proofs = proofs_at(session, self.name, list(rows))
        free = [proof for proof in proofs.values() if self._why_open(proof, runs) is None]
        newest = max((number_of(proof[_SINCE]) for proof in free), default=0)
        for keys in self._folders:
            if newest > 1 and not keys.folder.is_dir():
                raise StoreUnreachableError(key=NAME, reason="no folder", root=str(keys.folder))
            for name in keys.keys_for_rows():
                if number_of(name) < newest:
                    keys.mark_destroyed(name, {"destroyed_at": clock.iso(clock.now())})

    def files(self, _remains: Remains) -> list[Path]:
        """Keys that were marked, in each folder, and what a kill left of their making."""
        return [
            file
            for keys in self._folders
            for name in keys.keys_for_rows()
            if keys.is_destroyed(name)
            for file in (keys.file(name), keys.file(name).with_suffix(".part"))
        ]

    def left(self, many: Sequence[Remains]) -> dict[UUID, BackendError]:
        """Those that a key still opens, and why."""
        with self._services.read_only() as session:
            rows = rows_left(session, many)
            runs = self._done(session)
            proofs = proofs_at(session, self.name, list(rows))
        found: dict[UUID, BackendError] = {}
        for identifier, count in rows.items():
            proof = proofs.get(identifier, {})
            if CLOSED not in proof and (why := self._why_open(proof, runs)) is not None:
                found[identifier] = why
            elif count := count + self._keys_before(proof.get(_SINCE, "")):
                found[identifier] = RemainsLeftError(place=self.name, count=count)
        return found

    def _note(self, removals: Sequence[UUID]) -> None:
        """The key from which on no set holds rows of them; its first set begins after this."""
        with self._services.writing() as session:
            new = [
                row for row in places_named(session, self.name, removals) if _NOTED not in row.proof
            ]
            # A restore tells the newest key there was: of sets of then the rows do not tell.
            kinds = [*BackupKind, RESTORE]
            known = session.scalars(select(BackupRun).where(BackupRun.kind.in_(kinds))).all()
            used = {self._key_of(run) for run in known}
            runs = [run for run in known if run.kind != RESTORE]
            since = self._folders[0].newest_for_rows()
            if new and since in used:
                since = self._folders[0].renew_for_rows()
            sets = _sets_found([run for run in runs if run.outcome is BackupOutcome.DONE])
            for row in new:
                row.proof = row.proof | sets | {_SINCE: since, _NOTED: clock.iso(clock.now())}

    def _why_open(self, proof: Mapping[str, Any], runs: Sequence[BackupRun]) -> BackendError | None:
        if _NOTED not in proof:
            return RemainsLeftError(place=self.name, count=1)
        noted, since = clock.parse_iso(proof[_NOTED]), number_of(proof[_SINCE])
        numbers = {run.id: number_of(self._key_of(run)) for run in runs}
        plain = [run for run in runs if not numbers[run.id] and run.started_at < noted]
        if kept := [run.name for run in plain if not _is_removed(run)]:
            return BackupPlainError(count=len(kept), sets=", ".join(kept[:5]))
        older = [
            run
            for run in runs
            if 0 < numbers[run.id] < since and not self._folders[0].is_destroyed(self._key_of(run))
        ]
        newer = [run for run in runs if numbers[run.id] >= since]
        if any(run.with_objects for run in older):
            newer = [run for run in newer if run.with_objects]
        waits = {run.media for run in older} & self._targets - {run.media for run in newer}
        if clock.now() - noted > PATIENCE:
            waits = set()
        if older and (waits or not newer):
            return BackupAwaitedError(count=len(older), media=", ".join(sorted(waits)) or "—")
        return None

    def _done(self, session: Session) -> list[BackupRun]:
        done = BackupRun.outcome == BackupOutcome.DONE, BackupRun.kind.in_(list(BackupKind))
        return list(session.scalars(select(BackupRun).where(*done).order_by(BackupRun.started_at)))

    def _key_of(self, run: BackupRun) -> str:
        """Of a run that did not note it: that of the first sets, where it was encrypted at all."""
        sealed = run.with_objects or self._encrypts
        return str(run.facts.get(ROWS_KEY, DATABASE if sealed else ""))

    def _keys_before(self, since: str) -> int:
        return sum(
            keys.file(name).exists()
            for keys in self._folders
            for name in keys.keys_for_rows()
            if keys.is_destroyed(name) and number_of(name) < number_of(since)
        )


def _sets_found(runs: Iterable[BackupRun]) -> dict[str, Any]:
    named = [{"set": run.name, "medium": run.media} for run in runs]
    return {"found": len(named), "sets": [entry["set"] for entry in named], "rows_in": named}


def _is_removed(run: BackupRun) -> bool:
    """The medium is here, and the set is not on it any more."""
    medium = Path(run.media)
    return medium.is_dir() and not (medium / run.name).exists()
