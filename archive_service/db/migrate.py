"""Bringing the tables to the newest form, and telling whether they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DatabaseError, OperationalError

from archive_service import clock
from archive_service.db.engine import WRITING
from archive_service.db.unit_of_work import DatabaseUnreachableError
from archive_service.domain.tables import METADATA
from archive_service.errors import BackendError

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"


class DatabaseUnreadableError(BackendError):
    """What answers is no database, or a damaged one: its rows cannot be trusted."""

    code = "database-unreadable"


def upgrade(engine: Engine) -> bool:
    """Run the migrations that are missing; whether there were any."""
    if current(engine) == newest():
        return False
    writing = engine.execution_options(**{WRITING: True})
    with damage_told(), writing.begin() as connection:
        configuration = config()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
    return True


def is_set_up(engine: Engine) -> bool:
    """Whether the tables are there in the newest form; ``DatabaseUnreadableError``."""
    return is_there(engine) and current(engine) == newest()


def is_there(engine: Engine) -> bool:
    """Whether there are tables of ours in any form; ``DatabaseUnreadableError``."""
    if engine.url.get_backend_name() == "sqlite" and not Path(engine.url.database or "").is_file():
        return False
    return current(engine) is not None


def current(engine: Engine) -> str | None:
    """The revision the database is at; ``None`` before the first."""
    with damage_told(), engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The newest revision we have."""
    return ScriptDirectory.from_config(config()).get_current_head()


def renew(connection: Connection) -> None:
    """Drop every table of ours and make it anew, empty, within the caller's transaction.

    The database is disposable, what is stored is not.
    """
    METADATA.drop_all(connection)
    if inspect(connection).has_table("alembic_version"):
        connection.exec_driver_sql("DROP TABLE alembic_version")
    configuration = config()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")


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


@contextmanager
def damage_told() -> Iterator[None]:
    """A driver's word that the file is damaged becomes ``DatabaseUnreadableError``.

    A database that does not answer, or whose disk is full, is ``DatabaseUnreachableError``.
    """
    try:
        yield
    except OperationalError as silent:
        raise DatabaseUnreachableError(reason=str(silent.orig).partition("\n")[0]) from silent
    except DatabaseError as wrong:
        if type(wrong) is not DatabaseError:  # its subclasses are other troubles
            raise
        raise DatabaseUnreadableError(reason=str(wrong.orig)) from wrong


def config() -> Config:
    """Alembic's configuration, without a file."""
    configuration = Config()
    configuration.set_main_option("script_location", str(_MIGRATIONS))
    return configuration
