"""Triggers that keep the trail as it was written: no event or segment is changed or removed.

No act of the service does either, destruction among them: what an event tells of a case file stays
when its bytes and rows are gone. So there is no way round them. A segment is told where it lies
(``written``, ``held_by``); all else of it stays. Who owns the tables can take the triggers away:
that is seen by the copies, and against all of them by a checkpoint kept outside.
"""

from collections.abc import Iterator

from sqlalchemy import Connection

REFUSED = "audit trail: an event or segment is neither changed nor removed"
FUNCTION = "audit_trail_stays"
# What tells one row from another, and the columns that stay: none named, all of them.
_TABLES = {
    "audit_event": (("number", "sha256"), ()),
    "audit_segment": (
        ("number", "last_event"),
        ("number", "first_event", "last_event", "sha256", "previous_sha256", "sealed_at"),
    ),
}


def guard_trail(connection: Connection) -> None:
    """Make the triggers, in whichever schema tables are made now; safe to repeat."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$BEGIN RAISE EXCEPTION '{REFUSED}'; END$$"
        )
        statements = _of_postgresql()
    else:
        statements = _of_sqlite()
    for statement in statements:
        connection.exec_driver_sql(statement)


def unguard_trail(connection: Connection) -> None:
    """Take them away, where they are: as the migration that is taken back, and an owner, can."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {FUNCTION}() CASCADE")
        return
    for table in _TABLES:
        for act in ("update", "delete", "insert"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_{act}")


def may_change_trail(connection: Connection) -> bool:
    """Whether the role of this connection could change the trail or take its triggers away.

    By its own rights, or as owner of tables, function or schema. Of SQLite whoever writes into the
    file can, and no role is asked: False.
    """
    if connection.dialect.name != "postgresql":
        return False
    asked = {"tables": list(_TABLES), "function": FUNCTION}
    return bool(connection.exec_driver_sql(_RIGHTS, asked).scalar_one())


_RIGHTS = """
SELECT bool_or(
  pg_has_role(relowner, 'USAGE') OR pg_has_role(nspowner, 'USAGE')
  OR has_table_privilege(main.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
  OR (SELECT bool_or(pg_has_role(proowner, 'USAGE')) FROM pg_proc
      WHERE proname = %(function)s AND pronamespace = relnamespace))
FROM pg_class main JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relname = ANY(%(tables)s) AND relnamespace = current_schema()::regnamespace
"""


def _of_postgresql() -> Iterator[str]:
    call = f"EXECUTE FUNCTION {FUNCTION}()"
    for table, (_, columns) in _TABLES.items():
        of = f" OF {', '.join(columns)}" if columns else ""
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_stays BEFORE DELETE OR UPDATE{of} ON {table}"
            f" FOR EACH ROW {call}"
        )
        yield (f"CREATE OR REPLACE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} {call}")


def _of_sqlite() -> Iterator[str]:
    """An insert as well: ``INSERT OR REPLACE`` removes a row without the trigger of a removal."""
    new = "CREATE TRIGGER IF NOT EXISTS"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    for table, (keys, columns) in _TABLES.items():
        of = f" OF {', '.join(columns)}" if columns else ""
        yield f"{new} {table}_update BEFORE UPDATE{of} ON {table} {refuse}"
        yield f"{new} {table}_delete BEFORE DELETE ON {table} {refuse}"
        same = " OR ".join(f"{key} = NEW.{key}" for key in keys)
        found = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - a table of ours
        yield f"{new} {table}_insert BEFORE INSERT ON {table} WHEN {found} {refuse}"
