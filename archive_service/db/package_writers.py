"""Who writes a package into a copy right now: the destroy gate waits for them, none begins anew.

A writer first shows itself, then reads whether the gate has claimed the package. The gate commits
its claim, then looks who shows itself. Of the two one always sees the other, however long either
stands still; what shows a writer dies with its process. On PostgreSQL it is a shared advisory lock
of a connection of its own, on SQLite a lock on one byte of a file beside the database.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine, select, text

from archive_service import clock
from archive_service.db.process_locks import asked, kind_of, let_go, lock_file, lock_number, region
from archive_service.db.unit_of_work import Database
from archive_service.domain.retention.removal import (
    CaseFileBeingDestroyedError,
    CaseFileHandedOverError,
    Removal,
    RemovalGround,
)
from archive_service.errors import BackendError

_TAKE = "SELECT pg_advisory_lock_shared(:key)"
_GIVE = text("SELECT pg_advisory_unlock_shared(:key)")
_HELD = text(
    "SELECT classid::bigint << 32 | objid::bigint FROM pg_locks "
    "WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database())"
)


class PackageBeingWrittenError(BackendError):
    """Somebody who began before the claim may still write the package: nothing goes until then."""


@contextmanager
def writing(database: Database, ocfl_id: str) -> Iterator[None]:
    """While the block lasts the package may be written into copies.

    Raises:
        CaseFileBeingDestroyedError: the destroy gate has claimed it, or it is gone.
        CaseFileHandedOverError: another archive keeps it.
        DatabaseUnreachableError: the database does not answer.
    """
    with writing_some(database, [ocfl_id]) as claimed:
        if claimed:
            row = claimed[ocfl_id]
            if row.ground is RemovalGround.TRANSFER:
                raise CaseFileHandedOverError(code=row.code)
            raise CaseFileBeingDestroyedError(code=row.code, since=clock.iso(row.claimed_at))
        yield


@contextmanager
def writing_some(database: Database, ocfl_ids: Sequence[str]) -> Iterator[dict[str, Removal]]:
    """The same of several, of which some may be claimed: those are yielded, and not written."""
    shown = _shown_on_server if database.engine.dialect.name == "postgresql" else _shown_in_file
    with shown(database.engine, sorted({_key(ocfl_id) for ocfl_id in ocfl_ids})):
        claimed = select(Removal).where(Removal.ocfl_id.in_(list(ocfl_ids)))
        with database.read_only() as session:
            found = {row.ocfl_id: row for row in session.scalars(claimed)}
        yield found


def being_written(database: Database, ocfl_ids: Sequence[str]) -> set[str]:
    """Those that a writer who began before now may still write; asked once the claim stands."""
    keys = {_key(ocfl_id): ocfl_id for ocfl_id in ocfl_ids}
    if database.engine.dialect.name == "postgresql":
        with database.read_only() as session:
            held = set(session.scalars(_HELD))
        return {ocfl_id for key, ocfl_id in keys.items() if key in held}
    file = lock_file(database.engine)
    if file is None or not file.exists():
        return set()
    descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    try:
        return {ocfl_id for key, ocfl_id in keys.items() if _is_locked(descriptor, key)}
    finally:
        os.close(descriptor)


def _key(ocfl_id: str) -> int:
    return lock_number(f"package {ocfl_id}")


@contextmanager
def _shown_on_server(engine: Engine, keys: Sequence[int]) -> Iterator[None]:
    connection = asked(engine.connect).execution_options(isolation_level="AUTOCOMMIT")
    with connection:
        try:
            for key in keys:
                asked(connection.execute, text(_TAKE), {"key": key})
            yield
        finally:
            let_go(connection, _GIVE, keys)


@contextmanager
def _shown_in_file(engine: Engine, keys: Sequence[int]) -> Iterator[None]:
    file = lock_file(engine)
    if file is None:  # a database in memory has no other process
        yield
        return
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        for key in keys:
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLKW, region(fcntl.F_RDLCK, key))
        yield
    finally:
        for key in keys:
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, region(fcntl.F_UNLCK, key))
        os.close(descriptor)


def _is_locked(descriptor: int, key: int) -> bool:
    lock = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, region(fcntl.F_WRLCK, key))
    return kind_of(lock) != fcntl.F_UNLCK
