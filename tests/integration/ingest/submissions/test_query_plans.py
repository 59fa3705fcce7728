"""However much was handed in, the desk and an officer's page read what is open, not all rows."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, insert, select

from archive_service import clock
from archive_service.app import create_app
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.services import Services
from archive_service.worker import work
from ingest.file_plan.standing import read_standings
from ingest.submissions.acts import submit
from tests.worlds.archive import new_home, open_home, person, small_pdf_case
from tests.worlds.browsers import browser_of, counted

_MANY = 5000
_OPEN = (SubmissionState.CHECKED, SubmissionState.RETURNED)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """One submission, and as many copies of its row, most of them stored; statistics are taken."""
    place = tmp_path_factory.mktemp("plans")
    with open_home(new_home(place / "home")) as services:
        small_pdf_case(place / "case")
        submit(place / "case", actor=person(services, "bach"), services=services)
        work(services, until_empty=True)
        with services.writing() as session:
            seed = session.scalars(select(Submission)).one()
            columns = [column_attr.key for column_attr in Submission.__mapper__.column_attrs]
            row = {name: getattr(seed, name) for name in columns}
            session.execute(insert(Submission), [_copy(row, number) for number in range(_MANY)])
        with services.database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
        yield services


def _copy(row: dict[str, Any], number: int) -> dict[str, Any]:
    state = _OPEN[number % 2] if number % 20 == 0 else SubmissionState.STORED
    return row | {"id": uuid4(), "code": f"H40.18.2025.{number}.TH", "state": state}


@pytest.mark.parametrize(("name", "address"), [("lan", "/desk"), ("bach", "/my-case-files")])
def test_no_statement_of_the_page_reads_all_submissions(
    services: Services, name: str, address: str
) -> None:
    assert scans(services, browser_of(create_app(services), services, name), address) == []


def scans(services: Services, client: FlaskClient, address: str) -> list[str]:
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(services.database.engine, "before_cursor_execute", note)
    assert client.get(address).status_code == 200
    event.remove(services.database.engine, "before_cursor_execute", note)
    found = []
    with services.database.engine.connect() as connection:
        for statement, parameters in asked:
            if statement.startswith("SELECT"):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                steps = [str(row[-1]) for row in rows]
                found += [step for step in steps if f"{step} ".startswith("SCAN submission ")]
    return found


def test_of_no_file_plan_nothing_is_asked(services: Services) -> None:
    with counted(services) as seen, services.read_only() as session:
        told = read_standings(session, set[tuple[UUID, int]](), today=clock.today())
    assert (told.answers, list(seen)) == ({}, [])
