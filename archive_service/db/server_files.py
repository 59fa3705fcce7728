"""What deleted rows leave in the files of a PostgreSQL server: written anew, told by its numbers.

A row that is deleted stays in its table's file, and its words in statistics and in the log. VACUUM
FULL writes a table anew without what no transaction can see; a table's ``relfrozenxid`` is then
the oldest transaction that anybody could still ask from. The log is turned over until no segment of
it is older than that: a switch fills a segment to its end, also one that was kept to be used again.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypedDict

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from archive_service.errors import BackendError

STATISTICS = "pg_catalog.pg_statistic"  # values of columns, kept by ANALYZE
_NO_RIGHT = "42501"
_BUSY = ("55P03", "40P01", "57014", "40001")  # locked, deadlock, cancelled, overtaken
_LONGEST_LOG = 256  # segments that are turned over in one try
# The segments that were written to the last time no later than at this second.
_OLD_LOG = "SELECT count(*) FROM pg_ls_waldir() WHERE extract(epoch FROM modification) <= %(at)s"
_FROZEN = """
SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint
     - greatest(age(main.relfrozenxid), coalesce(age(toast.relfrozenxid), 0))
FROM pg_class main LEFT JOIN pg_class toast ON toast.oid = main.reltoastrelid
WHERE main.oid = to_regclass(%(table)s)
"""
# Others who read this database from before a transaction; of another role only who may know.
_OLDER = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND age(backend_xmin) > pg_snapshot_xmax(pg_current_snapshot())::text::bigint - %(after)s
"""
# ANALYZE leaves the statistics of a table that has no row any more as they were.
_STALE = """
SELECT quote_ident(told.attname), format_type(column_.atttypid, column_.atttypmod)
FROM pg_stats told JOIN pg_attribute column_
  ON column_.attrelid = to_regclass(%(table)s) AND column_.attname = told.attname
WHERE told.schemaname = current_schema() AND told.tablename = %(table)s
"""


class ServerFilesBusyError(BackendError):
    """A table is in use, or somebody still reads from a time when the rows were there."""


class ServerFilesRightsError(BackendError):
    """Our role of the server may not write its files anew or look into its log."""


@contextmanager
def unbound(engine: Engine, *, lock_timeout_s: float) -> Iterator[Connection]:
    """A connection without transactions for statements of any length, but of short waiting.

    Raises:
        ServerFilesBusyError, ServerFilesRightsError: of what is asked within.
    """
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"SET lock_timeout = {int(lock_timeout_s * 1000)}")
        connection.exec_driver_sql("SET statement_timeout = 0")
        try:
            yield connection
        except DBAPIError as trouble:
            state = getattr(trouble.orig, "sqlstate", None)
            if state == _NO_RIGHT:
                raise ServerFilesRightsError(reason=_first_line(trouble)) from trouble
            if state in _BUSY:
                raise ServerFilesBusyError(reason=_first_line(trouble)) from trouble
            raise
        finally:
            if not connection.invalidated:
                connection.exec_driver_sql("RESET lock_timeout")
                connection.exec_driver_sql("RESET statement_timeout")


def which_database(connection: Connection) -> str:
    """One database of one server: numbers of another tell nothing."""
    cursor_result = connection.exec_driver_sql(
        "SELECT system_identifier || '/' || (SELECT oid FROM pg_database"
        " WHERE datname = current_database()) FROM pg_control_system()"
    )
    return str(cursor_result.scalar_one())


def number_now(connection: Connection) -> int:
    """A transaction's number, greater than that of all that were committed before."""
    cursor_result = connection.exec_driver_sql("SELECT pg_current_xact_id()::text::bigint")
    return int(cursor_result.scalar_one())


def size_of(connection: Connection, tables: Iterable[str]) -> int:
    """Bytes of these tables with their indexes."""
    return sum(
        int(
            connection.exec_driver_sql(
                "SELECT coalesce(pg_total_relation_size(to_regclass(%(table)s)), 0)",
                {"table": table},
            ).scalar_one()
        )
        for table in tables
    )


def rewritten(connection: Connection, tables: Sequence[str], *, after: int) -> Iterator[str]:
    """Write them anew one after the other, and name each that keeps no row that went before.

    ``after`` is what ``number_now`` told once the rows were gone. A table stays closed to others
    while it is written. Who still reads from an older time is waited for as long as for a table;
    it ends at the first table that somebody reads all the same.

    Raises:
        ServerFilesBusyError: that one, or one that is in use.
        ServerFilesRightsError: our role does not own it.
    """
    _await_older(connection, after)
    for table in tables:
        if table == STATISTICS:
            connection.exec_driver_sql(f"VACUUM (FULL) {table}")
        else:
            connection.exec_driver_sql(f'VACUUM (FULL, ANALYZE) "{table}"')
            _without_stale_statistics(connection, table)
        found = connection.exec_driver_sql(_FROZEN, {"table": table}).scalar_one()
        if found < after:
            _require_owned(connection, table)
            raise ServerFilesBusyError(reason=f"{table}: {found} < {after}")
        yield table


def _await_older(connection: Connection, after: int) -> None:
    """A page that is being read, an ANALYZE of the server: over in a moment, as a rule."""
    bound_s = connection.exec_driver_sql(
        "SELECT setting::float / 1000 FROM pg_settings WHERE name = 'lock_timeout'"
    ).scalar_one()
    end = time.monotonic() + bound_s
    while connection.exec_driver_sql(_OLDER, {"after": after}).scalar_one():
        if time.monotonic() > end:
            return
        time.sleep(0.05)


def log_size(connection: Connection) -> int:
    """Bytes of the segments of the log. ``ServerFilesRightsError`` as ``unbound`` tells it."""
    cursor_result = connection.exec_driver_sql(
        "SELECT coalesce(sum(size), 0)::bigint FROM pg_ls_waldir()"
    )
    return int(cursor_result.scalar_one())


class LogTurned(TypedDict):
    """From where on the server would recover, and how many segments were filled."""

    redo: str
    segments: int


def turn_log_over(connection: Connection) -> LogTurned:
    """Overwrite or let go every segment of the log that was written until now.

    Raises:
        ServerFilesBusyError: the server keeps an older one: for a standby, a slot, an archive.
    """
    _next_segment(connection)
    at = connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())::bigint")
    since = {"at": at.scalar_one()}
    begin = connection.exec_driver_sql("SELECT pg_current_wal_lsn()").scalar_one()
    connection.exec_driver_sql("CHECKPOINT")
    filled = 0
    while old := connection.exec_driver_sql(_OLD_LOG, since).scalar_one():
        if filled >= _LONGEST_LOG:
            raise ServerFilesBusyError(reason=f"pg_wal: {old}")
        # The server tells whole seconds: what is written within the same one counts as older.
        connection.exec_driver_sql("SELECT pg_sleep(0.05)")
        _next_segment(connection)
        filled += 1
        if filled % 32 == 0:
            connection.exec_driver_sql("CHECKPOINT")
    redo = connection.exec_driver_sql(
        "SELECT redo_lsn::text, redo_lsn >= %(begin)s::pg_lsn FROM pg_control_checkpoint()",
        {"begin": begin},
    ).one()
    if not redo[1]:
        raise ServerFilesBusyError(reason=f"redo: {redo[0]} < {begin}")
    return {"redo": redo[0], "segments": filled}


def _next_segment(connection: Connection) -> None:
    """Something is written first: without it the server stays where it is."""
    connection.exec_driver_sql("SELECT pg_logical_emit_message(false, 'archive', '')")
    connection.exec_driver_sql("SELECT pg_switch_wal()")


def _without_stale_statistics(connection: Connection, table: str) -> None:
    found = f'SELECT EXISTS (SELECT FROM "{table}")'  # noqa: S608 - a table of ours
    if connection.exec_driver_sql(found).scalar_one():
        return
    for column, kind in connection.exec_driver_sql(_STALE, {"table": table}).all():
        # A column's type set once more, to the same: the server forgets what it knew of it.
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ALTER COLUMN {column} TYPE {kind}')


def _require_owned(connection: Connection, table: str) -> None:
    """The server passes over a table of another with a warning alone."""
    may = connection.exec_driver_sql(
        "SELECT pg_has_role(relowner, 'USAGE') OR (SELECT pg_has_role(datdba, 'USAGE')"
        " FROM pg_database WHERE datname = current_database())"
        " FROM pg_class WHERE oid = to_regclass(%(table)s)",
        {"table": table},
    )
    if not may.scalar_one():
        raise ServerFilesRightsError(reason=table)


def _first_line(trouble: DBAPIError) -> str:
    return str(trouble.orig).strip().partition("\n")[0]
