"""On PostgreSQL the records of openings lie in a partition a month, which is dropped whole.

What comes from before or beyond the months that were made, as from a backup, waits in a partition
for the rest until its month is made.
"""

import datetime as dt
import re

from sqlalchemy import text
from sqlalchemy.orm import Session

from archive_service import clock

_TABLE = "opening_record"
_REST = "opening_record_rest"
_AHEAD = 2  # months made beside the one that runs
_NAME = re.compile(rf"{_TABLE}_(rest|\d{{4}}_\d\d)")
_PARTS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(:table)"
_IN_REST = f"SELECT DISTINCT date_trunc('month', at AT TIME ZONE :zone)::date FROM {_REST}"  # noqa: S608 - a constant
# As it waits: every column as it is in the table, and nothing lost on the way. The lock is at once
# the one that attaching takes: who reads and then writes would wait for us, and we for them.
_MADE = (
    "LOCK TABLE {rest} IN ACCESS EXCLUSIVE MODE",
    "CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS)",
    (
        "WITH moved AS (DELETE FROM {rest} WHERE at >= '{begins}' AND at < '{ends}' RETURNING *)"
        " INSERT INTO {name} SELECT * FROM moved"
    ),
    "ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{begins}') TO ('{ends}')",
)


def is_month(name: str) -> bool:
    """Whether a table of this name is a part of another."""
    return _NAME.fullmatch(name) is not None


def months_to_make(session: Session, today: dt.date) -> list[dt.date]:
    """This month, those that come next, and those that wait in the rest, but for what is there.

    None on a database that has no partitions.
    """
    there = _parts(session)
    if _REST not in there:
        return []
    wanted = {_after(today.replace(day=1), months) for months in range(_AHEAD + 1)}
    wanted.update(session.scalars(text(_IN_REST), {"zone": clock.LOCAL_ZONE.key}))
    return sorted(month for month in wanted if _name(month) not in there)


def make_month(session: Session, month: dt.date) -> None:
    """The partition of one month, with what waits of it in the rest.

    A unit of work of its own: nobody opens a document while its rows are moved.
    """
    begins, ends = clock.begins(month), clock.begins(_after(month, 1))
    for statement in _MADE:
        made = statement.format(
            table=_TABLE, rest=_REST, name=_name(month), begins=begins, ends=ends
        )
        session.execute(text(made))


def drop_months(session: Session, oldest: dt.date) -> None:
    """Drop the months before ``oldest``, each whole; nothing where there are no partitions."""
    for name in _parts(session) - {_REST}:
        if name < _name(oldest):
            session.execute(text(f"DROP TABLE {name}"))


def _parts(session: Session) -> set[str]:
    if session.get_bind().dialect.name != "postgresql":
        return set()
    return set(filter(is_month, session.scalars(text(_PARTS), {"table": _TABLE})))


def _name(month: dt.date) -> str:
    return f"{_TABLE}_{month:%Y_%m}"


def _after(month: dt.date, count: int) -> dt.date:
    """The first day of the month so many later."""
    months = month.year * 12 + month.month - 1 + count
    return dt.date(months // 12, months % 12 + 1, 1)
