"""What rows that went leave in the files of the database, embedded or of a server."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from archive_service import clock
from archive_service.db.server_files import (
    STATISTICS,
    log_size,
    number_now,
    rewritten,
    size_of,
    turn_log_over,
    unbound,
    which_database,
)
from archive_service.db.unit_of_work import DatabaseUnreachableError
from archive_service.errors import BackendError
from archive_service.services import Services
from archive_service.storage.destroy.places import Remains, remains_left
from retention.destruction.places.notes import CLOSED, places_named, proofs_at, rows_left
from retention.destruction.places.rows import tables_of_case_files

NAME = "database-file"
# What a place of a server notes: tables to write anew, where, and after which transaction.
_LEFT, _WHERE, _XID = "_left", "database_id", "xid"
_TURNED = "redo"
_SURVEYED = ("found", "database", "surveyed_at")


class ServerFilesLaterError(BackendError):
    """There is much to write anew: that is done within the hours of the settings, ``until``."""


class DatabaseFile:
    """SQLite overwrites as it goes; the tables of a server are written anew, its log turned over.

    What a server must do for long it does within the hours of the settings; tables that were
    written are noted as they come, so that a second try goes on.
    """

    name = NAME

    def __init__(self, services: Services) -> None:
        self._services, self._engine = services, services.database.engine
        self._bounds = services.settings.destruction

    def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
        """Words of it lie in the files of every database."""
        facts = {"found": 1, "database": self._engine.dialect.name}
        return {remains.removal_id: dict(facts) for remains in many}

    def remove(self, many: Sequence[Remains]) -> None:
        """On SQLite the log begins anew: freed room was overwritten as the rows went.

        Raises:
            ServerFilesLaterError, ServerFilesBusyError, ServerFilesRightsError: of a server.
        """
        if not self._is_embedded:
            with self._services.read_only() as session:
                rows = rows_left(session, many)
            if gone := [remains.removal_id for remains in many if not rows[remains.removal_id]]:
                self._rewrite(gone)
        elif self._asked("PRAGMA wal_checkpoint(TRUNCATE)"):
            raise DatabaseUnreachableError(reason="wal_checkpoint")

    def left(self, many: Sequence[Remains]) -> dict[UUID, BackendError]:
        """Rows that are there all the same, tables not written anew, a log not turned over."""
        with self._services.read_only() as session:
            rows_there = rows_left(session, many)
            proofs = proofs_at(session, self.name, list(rows_there))
        return remains_left(
            self.name,
            {
                identifier: rows + self._kept(proofs.get(identifier, {}))
                for identifier, rows in rows_there.items()
            },
        )

    def _kept(self, proof: Mapping[str, Any]) -> int:
        if self._is_embedded:
            return int(self._asked("PRAGMA secure_delete") != 1)
        if CLOSED in proof:
            return 0  # proved once: nothing brings it back but rows
        return len(proof.get(_LEFT, ())) + int(_TURNED not in proof)

    def _rewrite(self, removals: Sequence[UUID]) -> None:
        with unbound(self._engine, lock_timeout_s=self._bounds.rewrite_lock_timeout_s) as server:
            tables, after = self._begun(removals, which_database(server), number_now(server))
            size = size_of(server, tables) + log_size(server)
            if size > self._bounds.rewrite_at_once_bytes:
                self._require_hours(size)
            for table in rewritten(server, tables, after=after):
                self._note(removals, without=table)
            facts = {**turn_log_over(server), "bytes": size}
            self._note(removals, told=facts)

    def _begun(self, removals: Sequence[UUID], where: str, now: int) -> tuple[list[str], int]:
        """What is left to write anew of any, and the transaction after which all their rows went.

        It begins anew in a database that was restored meanwhile, and where rows came back.
        """
        listed = [*tables_of_case_files(), STATISTICS]  # what is analysed last changes those
        left: set[str] = set()
        with self._services.writing() as session:
            for row in places_named(session, NAME, removals):
                if row.proof.get(_WHERE) != where or _LEFT not in row.proof:
                    kept = {name: row.proof[name] for name in _SURVEYED if name in row.proof}
                    row.proof = kept | {_WHERE: where, _XID: now, _LEFT: listed}
                left |= set(row.proof.get(_LEFT, ()))
            newest = max(
                (row.proof[_XID] for row in places_named(session, NAME, removals)), default=now
            )
        return [name for name in listed if name in left], newest

    def _note(
        self, removals: Sequence[UUID], *, without: str = "", told: Mapping[str, Any] | None = None
    ) -> None:
        with self._services.writing() as session:
            for row in places_named(session, NAME, removals):
                rest = [name for name in row.proof.get(_LEFT, ()) if name != without]
                row.proof = row.proof | {_LEFT: rest} | dict(told or {})

    def _require_hours(self, size: int) -> None:
        begins, ends = self._bounds.rewrite_hours
        now = clock.local(clock.now())
        if (now.hour - begins) % 24 < (ends - begins) % 24:
            return
        then = now.replace(hour=begins, minute=0, second=0, microsecond=0)
        then += dt.timedelta(days=int(then <= now))
        raise ServerFilesLaterError(until=clock.iso(then), size_bytes=size)

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
