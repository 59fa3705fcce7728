"""Making every table anew within one transaction, while others still read the old ones."""

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import OperationalError

from archive_service.db.migrate import bring_to, unhurried
from archive_service.db.trail_guards import FUNCTION, unguard_trail
from archive_service.db.unit_of_work import WRITE_LOCK
from archive_service.domain.tables import METADATA

_ASIDE = "archive_renewal"  # the schema in which the new tables wait for their turn
_TRIES = 20
_REVISION = "alembic_version"
# Units of work that wait for the write lock, which we hold: what they changed was dropped.
_END_WAITING = """
SELECT pg_terminate_backend(waiting.pid) FROM pg_locks AS waiting
WHERE waiting.locktype = 'advisory' AND NOT waiting.granted
  AND waiting.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND waiting.classid = 0 AND waiting.objid = %(lock)s
"""


def renew(connection: Connection) -> None:
    """Let the rest of the transaction see every table of ours in its newest form, and empty.

    The caller holds the write lock, and calls ``take_place`` before it commits. Until then others
    read the old tables: on SQLite because that is how it is, on PostgreSQL because the new ones
    are made in a schema of their own. The database is disposable, what is stored is not.
    """
    if connection.dialect.name == "postgresql":
        unhurried(connection)
        connection.exec_driver_sql(f"CREATE SCHEMA {_ASIDE}")
        connection.exec_driver_sql(f"SET LOCAL search_path TO {_ASIDE}")
    else:
        _drop_all(connection)
    bring_to(connection, "head")


def take_place(connection: Connection) -> None:
    """The tables that ``renew`` made are the tables from now on; nothing on SQLite."""
    if connection.dialect.name != "postgresql":
        return
    made = inspect(connection).get_table_names(schema=_ASIDE)
    connection.exec_driver_sql("SET LOCAL search_path TO DEFAULT")
    _hold_alone(connection)
    _drop_all(connection)
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    for name in made:
        connection.exec_driver_sql(f'ALTER TABLE {_ASIDE}."{name}" SET SCHEMA {schema}')
    connection.exec_driver_sql(f"ALTER FUNCTION {_ASIDE}.{FUNCTION}() SET SCHEMA {schema}")
    connection.exec_driver_sql(f"DROP SCHEMA {_ASIDE}")


def _drop_all(connection: Connection) -> None:
    METADATA.drop_all(connection)
    unguard_trail(connection)
    if inspect(connection).has_table(_REVISION):
        connection.exec_driver_sql(f"DROP TABLE {_REVISION}")


def _hold_alone(connection: Connection) -> None:
    """The old tables to ourselves, after readers; who waits for us to end would wait for ever."""
    old = set(inspect(connection).get_table_names()) & {*METADATA.tables, _REVISION}
    if not old:
        return
    names = ", ".join(f'"{name}"' for name in sorted(old))
    for left in reversed(range(_TRIES)):
        connection.exec_driver_sql(_END_WAITING, {"lock": WRITE_LOCK})
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
        except OperationalError:  # a deadlock with one that began to wait just now
            if not left:
                raise
        else:
            return
