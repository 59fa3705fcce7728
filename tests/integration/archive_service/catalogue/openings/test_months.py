"""On PostgreSQL a month of openings is a partition: made ahead, dropped whole, nothing lost."""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text

from archive_service import clock
from archive_service.catalogue.openings.acts import forget_openings
from archive_service.db.renewal import renew, take_place
from archive_service.domain.keeping.opening_record import OpeningRecord
from archive_service.services import Services
from tests.services.servers import PostgreSql
from tests.worlds.archive import Backends, new_home, open_home
from tests.worlds.crew import wait_until

REST = "opening_record_rest"
LONG_AGO = dt.date(2001, 12, 31)


@pytest.fixture
def services(tmp_path: Path, postgresql: PostgreSql) -> Iterator[Services]:
    with open_home(new_home(tmp_path / "home", Backends(postgresql=postgresql))) as opened:
        yield opened


def months(services: Services) -> dict[str, int]:
    """The partitions that are there, each with its rows."""
    of_table = "inhparent = 'opening_record'::regclass"
    asked = f"SELECT inhrelid::regclass::text FROM pg_inherits WHERE {of_table}"  # noqa: S608 - as told
    with services.read_only() as session:
        return {
            name: session.scalar(text(f"SELECT count(*) FROM {name}")) or 0  # noqa: S608 - as told
            for name in session.scalars(text(asked))
        }


def month(moment: dt.datetime | dt.date) -> str:
    return f"opening_record_{moment:%Y_%m}"


def _values(at: dt.datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "month": f"{clock.local(at):%Y-%m}",
        "at": at,
        "case_file_id": uuid4(),
        "document_id": uuid4(),
        "ordinal": 1,
        "account": "binh",
        "role": "reader",
        "door": "page",
    }


def note(services: Services, at: dt.datetime) -> None:
    with services.writing() as session:
        session.execute(insert(OpeningRecord).values(_values(at)))


def test_months_are_made_ahead_and_what_waits_is_put_into_its_own(services: Services) -> None:
    now = clock.now()
    last = clock.begins(clock.today().replace(day=1)) - dt.timedelta(seconds=1)
    note(services, now)
    note(services, last)
    assert months(services) == {REST: 2}
    forget_openings(services)
    found = months(services)
    assert (found[month(clock.today())], found[month(clock.local(last))], found[REST]) == (1, 1, 0)
    assert len(found) == 5  # the rest, the last month, this one and the two that come next
    note(services, now)
    assert months(services)[month(clock.today())] == 2
    forget_openings(services)
    assert len(months(services)) == 5  # once is enough
    with services.read_only() as session:
        assert len(session.scalars(select(OpeningRecord.id)).all()) == 3


def test_a_month_whose_term_is_over_is_dropped_and_no_other(services: Services) -> None:
    note(services, clock.now())
    note(services, clock.begins(LONG_AGO))
    with services.writing() as session:  # as it stood when that month had not ended yet
        session.execute(text("UPDATE opening_record SET month = '2999-01'"))
    forget_openings(services)
    with services.writing() as session:
        made = session.scalar(text(f"SELECT to_regclass('{month(LONG_AGO)}')::oid"))
    assert made is not None
    assert months(services)[month(LONG_AGO)] == 1
    forget_openings(services)
    assert month(LONG_AGO) not in months(services)
    assert sum(months(services).values()) == 1


def test_a_rebuilt_database_has_its_months_as_well(services: Services) -> None:
    forget_openings(services)
    with services.database.unit_of_work() as uow:
        connection = uow.session.connection()
        renew(connection)
        note_nothing = text("SELECT count(*) FROM opening_record")
        assert connection.execute(note_nothing).scalar_one() == 0
        take_place(connection)
        uow.commit()
    note(services, clock.now())
    assert months(services) == {REST: 1}
    forget_openings(services)
    assert months(services)[month(clock.today())] == 1


def test_who_writes_while_a_month_is_made_is_waited_for(services: Services) -> None:
    """Whoever looked whether an opening is known writes it next, in one unit of work."""
    engine = services.database.engine
    with ThreadPoolExecutor(max_workers=1) as beside, engine.connect() as writer:
        assert not writer.execute(select(OpeningRecord.id)).all()
        made = beside.submit(forget_openings, services)
        with engine.connect() as watching:
            waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            wait_until(lambda: watching.execute(waits).scalar_one())
        writer.execute(insert(OpeningRecord).values(_values(clock.now())))
        writer.commit()
        made.result(timeout=30)
    assert sum(months(services).values()) == 1
