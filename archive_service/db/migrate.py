"""Bringing the tables to the newest form, and telling whether they are."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from archive_service.db.engine import WRITING
from archive_service.domain.tables import METADATA

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def upgrade(engine: Engine) -> bool:
    """Run the migrations that are missing; whether there were any."""
    if current(engine) == newest():
        return False
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        configuration = config()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
    return True


def is_set_up(engine: Engine) -> bool:
    """Whether the tables are there in the newest form."""
    if engine.url.get_backend_name() == "sqlite" and not Path(engine.url.database or "").is_file():
        return False
    return current(engine) == newest()


def current(engine: Engine) -> str | None:
    """The revision the database is at; ``None`` before the first."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The newest revision we have."""
    return ScriptDirectory.from_config(config()).get_current_head()


def drop_all(engine: Engine) -> None:
    """Drop every table of ours: the database is disposable, what is stored is not."""
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        METADATA.drop_all(connection)
        if inspect(connection).has_table("alembic_version"):
            connection.exec_driver_sql("DROP TABLE alembic_version")


def config() -> Config:
    """Alembic's configuration, without a file."""
    configuration = Config()
    configuration.set_main_option("script_location", str(_MIGRATIONS))
    return configuration
