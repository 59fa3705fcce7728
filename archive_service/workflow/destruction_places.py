"""Where a case file leaves traces beside the copies: each place tells, removes and is asked."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select

from archive_service import clock
from archive_service.bootstrap import Services
from archive_service.db.unit_of_work import DatabaseUnreachableError
from archive_service.domain.backup_run import BackupOutcome, BackupRun
from archive_service.domain.case_file import CaseFile
from archive_service.domain.job import Job
from archive_service.domain.removal import Removal
from archive_service.errors import BackendError
from archive_service.recovery.backup_keys import BackupKeys, key_folder
from archive_service.recovery.backup_set import BackupKind
from archive_service.storage.acts import act_document
from archive_service.storage.destroy_places import Place, Remains
from archive_service.storage.destroy_run import first_act
from archive_service.storage.needed import needed_digests
from archive_service.storage.stub import clear_to_stub
from archive_service.workflow.destruction_rows import (
    count_rows,
    digests_of,
    jobs_of,
    remove_rows,
    whose,
)
from archive_service.workflow.keeping import sweep_work_folder


class StagedLatelyError(BackendError):
    """Bytes of it came into staging again within the time of grace: perhaps those of another."""

    code = "staged-lately"


def places_of(services: Services) -> Sequence[Place]:
    """In the order in which they are cleared; all are surveyed before the first."""
    return [
        _Index(services),
        _BackupKeys(services),
        _Queue(services),
        _Rows(services),
        _Staging(services),  # what no row needs any more
        _DatabaseFile(services),
    ]


class _Index:
    """Words of it in the search index, text and all."""

    name = "index"

    def __init__(self, services: Services) -> None:
        self._index = services.index

    def survey(self, remains: Remains) -> dict[str, Any]:
        """How many entries it has."""
        return {"found": self._index.holds(remains.case_file_id)}

    def remove(self, remains: Remains) -> None:
        """With every word."""
        self._index.remove(remains.case_file_id)

    def left(self, remains: Remains) -> int:
        """Entries that are there all the same."""
        return self._index.holds(remains.case_file_id)


class _Staging:
    """Received files, page images, thumbnails, readings and built packages under their digests."""

    name = "staging"

    def __init__(self, services: Services) -> None:
        self._services, self._staging = services, services.staging

    def survey(self, remains: Remains) -> dict[str, Any]:
        """Which digests are its own; they are forgotten when it is done."""
        with self._services.read_only() as session:
            digests = digests_of(session, whose(session, remains.case_file_id))
        here = sum(1 for digest in digests if self._staging.has(digest))
        return {"found": here, "_digests": sorted(digests)}

    def remove(self, remains: Remains) -> None:
        """What no other work needs; what came lately may be on its way for another."""
        self._staging.sweep()
        sweep_work_folder(self._services)
        grace = dt.timedelta(seconds=self._services.settings.storage.staging_grace_s)
        before = clock.now() - grace
        with self._services.unit_of_work() as uow:  # under the write lock, as the sweep
            for digest in self._own(uow.session, remains):
                self._staging.discard(digest, older_than=before)
            uow.commit()

    def left(self, remains: Remains) -> int:
        """Those that are still there; ``StagedLatelyError`` tells them from a failure."""
        with self._services.read_only() as session:
            own = self._own(session, remains)
        left = sum(1 for digest in own if self._staging.has(digest))
        if left:
            raise StagedLatelyError(place=self.name, count=left)
        return 0

    def _own(self, session: Any, remains: Remains) -> list[str]:
        """Of its digests those that no row needs: its own are gone by now."""
        noted = set(remains.notes.get("_digests", ()))
        return sorted(noted - needed_digests(session))


class _BackupKeys:
    """The key of its package in every backup: without it the bytes on the media are noise."""

    name = "backup-keys"

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self._services = services
        given = [settings.backup.keys, *settings.backup.keys_copies]
        self._folders = [key_folder(one, home=settings.home) for one in given]

    def survey(self, remains: Remains) -> dict[str, Any]:
        """Whether there is a key, which backups it opens, and which hold rows under another."""
        done = BackupRun.outcome == BackupOutcome.DONE, BackupRun.kind.in_(list(BackupKind))
        with self._services.read_only() as session:
            runs = select(BackupRun.name, BackupRun.media, BackupRun.with_objects).where(*done)
            found = session.execute(runs.order_by(BackupRun.started_at)).all()
        return {
            "found": self._count(remains),
            "sets": [row.name for row in found if row.with_objects],
            "rows_in": [{"set": row.name, "medium": row.media} for row in found],
        }

    def remove(self, remains: Remains) -> None:
        """First the mark that it was destroyed: a restore reads it, and no key is made again."""
        if not self._folders[0].is_dir():
            return  # no backup with packages was ever made
        with self._services.read_only() as session:
            act = first_act(session, session.get_one(Removal, remains.removal_id))
        for folder in self._folders:
            BackupKeys(folder).mark_destroyed(remains.ocfl_id, act_document(act))

    def files(self, remains: Remains) -> list[Path]:
        """The key in each folder, and what a kill left of its making."""
        keys = [BackupKeys(folder).file(remains.ocfl_id) for folder in self._folders]
        return [file for key in keys for file in (key, key.with_suffix(".part"))]

    def left(self, remains: Remains) -> int:
        """Folders with a key in them."""
        return self._count(remains)

    def _count(self, remains: Remains) -> int:
        return sum(1 for file in self.files(remains) if file.exists())


class _Queue:
    """Jobs about it with their checkpoints and errors, done ones too."""

    name = "queue"

    def __init__(self, services: Services) -> None:
        self._services = services

    def survey(self, remains: Remains) -> dict[str, Any]:
        """How many."""
        return {"found": self.left(remains)}

    def remove(self, remains: Remains) -> None:
        """All of them; one that still runs has lost its lease with its row."""
        with self._services.unit_of_work() as uow:
            one = whose(uow.session, remains.case_file_id)
            uow.session.execute(delete(Job).where(jobs_of(one)))
            uow.commit()

    def left(self, remains: Remains) -> int:
        """How many there are."""
        with self._services.read_only() as session:
            one = whose(session, remains.case_file_id)
            query = select(func.count()).select_from(Job).where(jobs_of(one))
            return session.scalar(query) or 0


class _Rows:
    """Data of its documents, files, submissions, scans and readings in the database."""

    name = "rows"

    def __init__(self, services: Services) -> None:
        self._services = services

    def survey(self, remains: Remains) -> dict[str, Any]:
        """How many."""
        return {"found": self.left(remains)}

    def remove(self, remains: Remains) -> None:
        """All in one transaction; of the case file itself the stub stays."""
        with self._services.unit_of_work() as uow:
            session = uow.session
            row = session.get_one(CaseFile, remains.case_file_id, with_for_update=True)
            remove_rows(session, whose(session, remains.case_file_id))
            clear_to_stub(row)
            uow.commit()

    def left(self, remains: Remains) -> int:
        """How many there are."""
        with self._services.read_only() as session:
            return count_rows(session, whose(session, remains.case_file_id))


class _DatabaseFile:
    """What rows that went leave in the files of an embedded database; a server reuses its own."""

    name = "database-file"

    def __init__(self, services: Services) -> None:
        self._services, self._engine = services, services.database.engine

    def survey(self, _remains: Remains) -> dict[str, Any]:
        """On a server there is no file of ours."""
        return {"found": int(self._is_embedded), "database": self._engine.dialect.name}

    def remove(self, _remains: Remains) -> None:
        """The log begins anew; freed room was overwritten as the rows went (secure_delete)."""
        if self._is_embedded and self._asked("PRAGMA wal_checkpoint(TRUNCATE)"):
            raise DatabaseUnreachableError(reason="wal_checkpoint")

    def left(self, remains: Remains) -> int:
        """Rows that are there all the same, and 1 where freed room keeps what was in it."""
        kept = self._is_embedded and self._asked("PRAGMA secure_delete") != 1
        with self._services.read_only() as session:
            return count_rows(session, whose(session, remains.case_file_id)) + int(kept)

    def _asked(self, pragma: str) -> int:
        """The first number of the answer; outside of any transaction."""
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(pragma)
            row: Any = cursor.fetchone()
            cursor.close()
        finally:
            connection.close()
        return int(row[0])

    @property
    def _is_embedded(self) -> bool:
        return self._engine.dialect.name == "sqlite"
