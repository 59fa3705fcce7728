"""Of two who want the same case file one waits for the other, on PostgreSQL, and both go on."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.job import Job
from archive_service.domain.retention.hold import Hold
from archive_service.jobs.due import INDEX_JOB
from archive_service.services import Services
from archive_service.storage.held import CaseFileHeldError, require_free
from archive_service.worker import run_one
from ingest.submissions.acts import accept, submit
from retention.holds.acts import place_holds
from retention.holds.placing import place_on_case_files
from retention.holds.rules import Wish
from tests.services.servers import PostgreSql
from tests.worlds.archive import OPERATOR, Backends, new_home, open_home, person, small_pdf_case
from tests.worlds.clients import OPEN_CODE, do_all

REASON, AUTHORITY = "Thanh tra việc giao đất", "12/QĐ-TTT ngày 03/02/2026"
_WAITS = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def services(postgresql: PostgreSql, tmp_path: Path) -> Iterator[Services]:
    """One case file, stored."""
    with open_home(new_home(tmp_path / "home", Backends(postgresql=postgresql))) as opened:
        small_pdf_case(tmp_path / "case", code=OPEN_CODE)
        (submission,) = submit(tmp_path / "case", actor=person(opened, "bach"), services=opened)
        do_all(opened)
        accept(opened, submission, actor=person(opened, "lan"))
        do_all(opened)
        yield opened


def until_somebody_waits(services: Services, other: threading.Thread) -> None:
    """Till the database holds the other one up; fails if that one went through."""
    while True:
        with services.read_only() as session:
            if session.scalar(_WAITS):
                return
        assert other.is_alive(), "nobody was held up"


def test_a_hold_waits_for_the_act_that_asked_before(services: Services) -> None:
    def place() -> None:
        place_holds(
            services,
            [OPEN_CODE],
            reason=REASON,
            authority=AUTHORITY,
            actor=person(services, "hung"),
        )

    holding = threading.Thread(target=place)
    with services.writing() as session:
        row = session.scalars(select(CaseFile)).one()
        require_free(session, row, act="case-file:describe", actor=OPERATOR)
        holding.start()
        until_somebody_waits(services, holding)
        assert not session.scalar(select(func.count()).select_from(Hold))
        row.description = "sửa xong trước khi tạm dừng"
    holding.join()
    with services.read_only() as session:
        edited = session.scalars(select(CaseFile)).one()
        assert edited.description is not None
        assert edited.holds[0].reason == REASON


def test_an_act_that_asks_while_a_hold_is_placed_is_refused(services: Services) -> None:
    refused: list[str] = []

    def ask() -> None:
        with services.unit_of_work() as uow:
            row = uow.session.scalars(select(CaseFile)).one()
            try:
                require_free(uow.session, row, act="case-file:describe", actor=OPERATOR)
            except CaseFileHeldError as error:
                refused.append(error.code)

    asking = threading.Thread(target=ask)
    with services.writing() as session:
        row = session.scalars(select(CaseFile)).one()
        head = person(services, "hung")
        place_on_case_files(session, [row], Wish(REASON, AUTHORITY), actor=head)
        asking.start()
        until_somebody_waits(services, asking)
    asking.join()
    assert refused == ["case-file-held"]


def test_a_job_that_ends_and_an_act_that_wants_it_again_do_not_hold_each_other_up(
    services: Services,
) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile)).one()
        row.version_indexed = 0
        services.jobs.add(session, INDEX_JOB, subject_id=row.id)
    outcomes: list[str | None] = []
    worker = threading.Thread(target=lambda: outcomes.append(run_one(services)))
    with services.writing() as session:
        row = session.scalars(select(CaseFile).with_for_update()).one()
        worker.start()
        until_somebody_waits(services, worker)
        services.jobs.add(session, INDEX_JOB, subject_id=row.id)
    worker.join()
    assert outcomes == ["done"]
    with services.read_only() as session:
        assert set(session.scalars(select(Job.attempts))) == {1}
