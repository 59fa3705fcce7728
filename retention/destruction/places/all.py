"""Where a case file leaves traces beside the copies: each place tells, removes and is asked."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.backup_run import BackupOutcome, BackupRun
from archive_service.domain.retention.removal import BACKUP_KEYS
from archive_service.errors import BackendError
from archive_service.recovery.backup.keys import KEY_WAS_THERE, MARKED_AT, BackupKeys, key_folder
from archive_service.recovery.backup.set import BackupKind
from archive_service.services import Services
from archive_service.storage.acts import act_document
from archive_service.storage.destroy.places import Place, Remains, remains_left
from archive_service.storage.destroy.remaining_data import leave_what_stays
from archive_service.storage.destroy.tombstone import first_acts
from archive_service.storage.needed import needed_digests
from archive_service.storage.work_folder import sweep_work_folder
from retention.destruction.places.backups import BackupRows
from retention.destruction.places.database_files import DatabaseFile
from retention.destruction.places.databases_aside import DatabasesAside
from retention.destruction.places.row_owners import Whose, digests_of, whose
from retention.destruction.places.rows import count_rows, jobs_of, remove_jobs, remove_rows
from retention.destruction.places.shared_bytes import shared_digests
from retention.destruction.places.uploads import Uploads


class StagedLatelyError(BackendError):
    """Bytes of it came into staging again within the time of grace: perhaps those of another."""


def places_of(services: Services) -> Sequence[Place]:
    """In the order in which they are cleared; all are surveyed before the first."""
    return [
        _Index(services),
        _BackupKeys(services),
        _Queue(services),
        _Rows(services),
        _Staging(services),  # what no row needs any more
        Uploads(services),
        DatabaseFile(services),
        BackupRows(services),
        DatabasesAside(services),
    ]


class _Counted(ABC):
    """A place that is asked afterwards as it was before: what it counts then is still there."""

    name: str

    @abstractmethod
    def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
        """How much there is of each."""

    def left(self, many: Sequence[Remains]) -> dict[UUID, BackendError]:
        """All that it counts."""
        places_left = self.survey(many)
        return remains_left(
            self.name, {identifier: found["found"] for identifier, found in places_left.items()}
        )


class _Index(_Counted):
    """Words of it in the search index, text and all."""

    name = "index"

    def __init__(self, services: Services) -> None:
        self._index = services.index

    def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
        """How many entries each has."""
        counts = self._index.holds([remains.case_file_id for remains in many])
        return {
            remains.removal_id: {"found": counts.get(remains.case_file_id, 0)} for remains in many
        }

    def remove(self, many: Sequence[Remains]) -> None:
        """With every word."""
        self._index.remove([remains.case_file_id for remains in many])


class _Staging:
    """Received files, page images, thumbnails, readings and built packages under their digests."""

    name = "staging"

    def __init__(self, services: Services) -> None:
        self._services, self._staging = services, services.staging

    def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
        """Which digests are its own; they are forgotten when it is done, but for marks of them.

        After a rebuild in the middle no row tells them any more: then what nobody needs may be.
        """
        with self._services.read_only() as session:
            digests = digests_of(session, _whose(session, many))
            is_told = all(digests.values())
            needed = set() if is_told else needed_digests(session)
        here = {digest for digest in set().union(*digests.values()) if self._staging.has(digest)}
        loose = set() if is_told else set(self._staging.iter_digests()) - needed
        facts = {}
        for remains in many:
            own = digests[remains.case_file_id]
            marks = sorted(remains.mark(digest) for digest in own)
            noted = own or loose
            found = len(here & own) if own else len(loose)
            facts[remains.removal_id] = {"found": found, "_digests": sorted(noted), "marks": marks}
        return facts

    def remove(self, many: Sequence[Remains]) -> None:
        """What no other work needs; what came lately may be on its way for another."""
        self._staging.sweep()
        sweep_work_folder(self._services.settings.home)
        grace = dt.timedelta(seconds=self._services.settings.storage.staging_grace_s)
        before = clock.now() - grace
        with self._services.writing() as session:  # under the write lock, as the sweep
            for digest in sorted(set().union(*self._own(session, many).values())):
                self._staging.discard(digest, older_than=before)

    def left(self, many: Sequence[Remains]) -> dict[UUID, BackendError]:
        """Those that are still there; ``StagedLatelyError`` tells them from a failure."""
        with self._services.read_only() as session:
            own = self._own(session, many)
            here = {digest for digest in set().union(*own.values()) if self._staging.has(digest)}
            gone = [remains.case_file_id for remains in many]
            here -= shared_digests(session, self._staging, here, gone)
        counts = {identifier: len(digests & here) for identifier, digests in own.items()}
        return {
            identifier: StagedLatelyError(place=self.name, count=count)
            for identifier, count in counts.items()
            if count
        }

    def _own(self, session: Session, many: Sequence[Remains]) -> dict[UUID, set[str]]:
        """Of the digests of each those that no row needs: its own are gone by now."""
        noted = {remains.removal_id: self._noted(remains) for remains in many}
        needed = needed_digests(session) if any(noted.values()) else set()
        return {identifier: digests - needed for identifier, digests in noted.items()}

    def _noted(self, remains: Remains) -> set[str]:
        noted = set(remains.notes.get("_digests", ()))
        if marks := set(remains.notes.get("marks", ())) - {
            remains.mark(digest) for digest in noted
        }:
            staged = self._staging.iter_digests()
            noted |= {digest for digest in staged if remains.mark(digest) in marks}
        return noted


class _BackupKeys:
    """The key of its package in every backup: without it the bytes on the media are noise."""

    name = BACKUP_KEYS

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self._services = services
        given = [settings.backup.keys, *settings.backup.keys_copies]
        self._folders = [key_folder(url, home=settings.home) for url in given]

    def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
        """Whether there is a key, and which backups it opens; or that there was one, by its mark.

        After a rebuild in the middle the mark alone tells it, and of which day.
        """
        done = BackupRun.outcome == BackupOutcome.DONE, BackupRun.kind.in_(list(BackupKind))
        with self._services.read_only() as session:
            runs = select(BackupRun.name, BackupRun.started_at).where(*done, BackupRun.with_objects)
            sets = session.execute(runs.order_by(BackupRun.started_at)).all()
        facts = {}
        for remains in many:
            found, names, marked = self._count(remains), [row.name for row in sets], {}
            if marks := self._marks(remains):
                before = max(clock.parse_iso(mark[MARKED_AT]) for mark in marks)
                names = [row.name for row in sets if row.started_at < before]
                found, marked = max(found, len(marks)), {MARKED_AT: clock.iso(before)}
            facts[remains.removal_id] = {"found": found, "sets": names, **marked}
        return facts

    def remove(self, many: Sequence[Remains]) -> None:
        """First the mark that it was destroyed: a restore reads it, and no key is made again."""
        if not self._folders[0].is_dir():
            return  # no backup with packages was ever made
        with self._services.read_only() as session:
            acts = first_acts(session, [remains.removal_id for remains in many])
        for folder in self._folders:
            keys = BackupKeys(folder)
            for remains in many:
                keys.mark_destroyed(remains.ocfl_id, act_document(acts[remains.removal_id]))

    def files(self, remains: Remains) -> list[Path]:
        """The key in each folder, and what a kill left of its making."""
        keys = [BackupKeys(folder).file(remains.ocfl_id) for folder in self._folders]
        return [file for key in keys for file in (key, key.with_suffix(".part"))]

    def left(self, many: Sequence[Remains]) -> dict[UUID, BackendError]:
        """Those with a key in some folder."""
        return remains_left(
            self.name, {remains.removal_id: self._count(remains) for remains in many}
        )

    def _count(self, remains: Remains) -> int:
        return sum(1 for file in self.files(remains) if file.exists())

    def _marks(self, remains: Remains) -> list[dict[str, Any]]:
        """Those in place of keys that were there; one that was none proves nothing."""
        marks = (BackupKeys(folder).destroyed(remains.ocfl_id) for folder in self._folders)
        return [mark for mark in marks if mark and mark.get(KEY_WAS_THERE)]


class _Queue(_Counted):
    """Jobs about it with their checkpoints and errors, done ones too."""

    name = "queue"

    def __init__(self, services: Services) -> None:
        self._services = services

    def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
        """How many."""
        with self._services.read_only() as session:
            counts = jobs_of(session, _whose(session, many))
        return _by_removal(many, counts)

    def remove(self, many: Sequence[Remains]) -> None:
        """All of them; one that still runs has lost its lease with its row."""
        with self._services.writing() as session:
            remove_jobs(session, _whose(session, many))


class _Rows(_Counted):
    """Data of its documents, files, submissions, scans and readings in the database."""

    name = "rows"

    def __init__(self, services: Services) -> None:
        self._services = services

    def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
        """How many."""
        with self._services.read_only() as session:
            counts = count_rows(session, _whose(session, many))
        return _by_removal(many, counts)

    def remove(self, many: Sequence[Remains]) -> None:
        """All in one transaction; of the case files themselves the stubs stay."""
        ids = sorted(remains.case_file_id for remains in many)
        with self._services.writing() as session:
            locked = select(CaseFile).where(CaseFile.id.in_(ids)).order_by(CaseFile.id)
            rows = session.scalars(locked.with_for_update()).all()
            remove_rows(session, _whose(session, many))
            for row in rows:
                leave_what_stays(row)


def _whose(session: Session, many: Sequence[Remains]) -> Whose:
    return whose(session, [remains.case_file_id for remains in many])


def _by_removal(many: Sequence[Remains], counts: Mapping[UUID, int]) -> dict[UUID, dict[str, Any]]:
    return {remains.removal_id: {"found": counts.get(remains.case_file_id, 0)} for remains in many}
