"""Bringing the tables to the newest form, and telling whether they are.

Every command asks the second, so that is answered without Alembic, which takes longer to import
than most commands take to answer.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, column, inspect, select, table
from sqlalchemy.exc import DatabaseError, DBAPIError

from archive_service import clock
from archive_service.db.engine import WRITING
from archive_service.db.troubles import (
    DatabaseUnreachableError,
    DatabaseUnreadableError,
    in_our_words,
)
from archive_service.errors import BackendError

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
# Folders of migrations; tests add one, of a release to come.
VERSIONS = [_MIGRATIONS / "versions"]
_REVISION = table("alembic_version", column("version_num"))
_UPGRADE_LOCK = 0x5EA2  # two machines that are started at once upgrade once


class DatabaseNewerError(BackendError):
    """The tables were made by a newer version of the product; this one leaves them alone."""


class DatabaseTooOldError(BackendError):
    """The tables are older than the first migration that this version of the product has."""


Around = Callable[[Connection], AbstractContextManager[None]]


def upgrade(engine: Engine, *, around: Around | None = None) -> bool:
    """Run the migrations that are missing, all or none; whether there were any.

    Args:
        around: entered in the same transaction before the first of them, left after the last;
            what it raises undoes them all.

    Raises:
        DatabaseNewerError, DatabaseTooOldError: the tables are of a newer version, or of one
            before the first that is known here.
    """
    if current(engine) == newest():
        return False
    writing = engine.execution_options(**{WRITING: True})
    with damage_told(), writing.begin() as connection:
        if connection.dialect.name == "postgresql":
            unhurried(connection)
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
        if _revision(connection) == newest():  # another machine was quicker
            return False
        with around(connection) if around else nullcontext():
            bring_to(connection, "head")
    return True


def is_set_up(engine: Engine) -> bool:
    """Whether the tables are there in the newest form; errors as of ``current``."""
    return _has_file(engine) and current(engine) == newest()


def is_there(engine: Engine) -> bool:
    """Whether there are tables of ours in any form; errors as of ``current``."""
    return _has_file(engine) and current(engine) is not None


def _has_file(engine: Engine) -> bool:
    """False where the database is a file, and there is none: to ask would make an empty one."""
    return engine.url.get_backend_name() != "sqlite" or Path(engine.url.database or "").is_file()


def current(engine: Engine) -> str | None:
    """The revision the database is at; ``None`` before the first.

    Raises:
        DatabaseNewerError, DatabaseTooOldError: a revision that this version does not have.
        DatabaseUnreachableError, DatabaseUnreadableError: no answer, or no database.
    """
    with damage_told(), engine.connect() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_REVISION.name):
        return None
    found = connection.scalar(select(_REVISION.c.version_num))
    if found is not None and not knows(found):
        oldest = _revisions()[0]
        if found < oldest:
            raise DatabaseTooOldError(revision=found, oldest=oldest)
        raise DatabaseNewerError(revision=found, newest=newest())
    return found


def unhurried(connection: Connection) -> None:
    """The rest of a PostgreSQL transaction may take as long as it takes."""
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        connection.exec_driver_sql(f"SET LOCAL {name} = 0")


def newest() -> str:
    """The newest revision we have."""
    return _revisions()[-1]


def _revisions() -> list[str]:
    """All of ours, the oldest first: the figures before the names of their files."""
    return sorted(file.name[:4] for folder in VERSIONS for file in folder.glob("[0-9]*.py"))


def set_aside(engine: Engine) -> Path | None:
    """Give a damaged SQLite file another name, so that a new one can take its place.

    Returns its new name; ``None`` where the database is no file of ours.
    """
    engine.dispose()
    if engine.url.get_backend_name() != "sqlite":
        return None
    file = Path(engine.url.database or "")
    aside = file.with_name(f"{file.name}.unreadable-{clock.now():%Y%m%dT%H%M%S}")
    for suffix in ("-wal", "-shm", ""):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def copy_aside(engine: Engine, target: Path) -> bool:
    """A whole copy of a SQLite database at ``target``, made while it is in use.

    False where the database is no file of ours: a server's own tools make its copies.
    """
    if engine.url.get_backend_name() != "sqlite":
        return False
    with (
        damage_told(),
        closing(sqlite3.connect(engine.url.database or "")) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)
    return True


def knows(revision: str) -> bool:
    """Whether this version of the product has the migration."""
    return revision in _revisions()


def bring_to(connection: Connection, revision: str) -> None:
    """Run the migrations up to ``revision``, or ``head``, within the caller's transaction."""
    from alembic import command

    configuration = config()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, revision)


@contextmanager
def damage_told() -> Iterator[None]:
    """A driver's word that the file is damaged becomes ``DatabaseUnreadableError``.

    A database that does not answer, or whose disk is full, is ``DatabaseUnreachableError``.
    """
    try:
        yield
    except DBAPIError as wrong:
        if type(wrong) is DatabaseError:  # its subclasses are other troubles
            raise DatabaseUnreadableError(reason=str(wrong.orig)) from wrong
        archive_error = in_our_words(wrong)
        if isinstance(archive_error, DatabaseUnreachableError | DatabaseUnreadableError):
            raise archive_error from wrong
        raise


def config() -> "Config":
    """Alembic's configuration, without a file."""
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(_MIGRATIONS))
    configuration.set_main_option("path_separator", "newline")
    configuration.set_main_option("version_locations", "\n".join(map(str, VERSIONS)))
    return configuration
