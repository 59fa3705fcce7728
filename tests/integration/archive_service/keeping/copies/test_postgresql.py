"""Copies come while case files are stored, on a server whose units of work run side by side."""

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseState
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.evidence.write_out import write_out_evidence
from archive_service.keeping.copies.acts import require_standing
from archive_service.keeping.publishing import note_held
from archive_service.notices.incidents import open_incident, open_incidents
from archive_service.notices.silent_copies import COPY_UNREACHABLE
from archive_service.services import Services
from archive_service.worker import run_one
from tests.services.servers import PostgreSql
from tests.worlds.archive import Backends, new_home, open_home
from tests.worlds.holding import case_files, take_away, take_in

_WAITING = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def until_one_waits(services: Services) -> None:
    """Until some unit of work waits for a row of another."""
    for _ in range(600):
        with services.read_only() as session:
            if session.scalar(text(_WAITING)):
                return
        time.sleep(0.05)
    pytest.fail("nobody waits")


def test_who_admits_a_copy_and_who_calls_a_case_file_stored_never_wait_for_each_other(
    postgresql: PostgreSql, tmp_path: Path
) -> None:
    outcomes: list[str | None] = []
    with open_home(new_home(tmp_path / "home", Backends(postgresql))) as services:
        take_in(services, tmp_path / "case", range(1, 2))
        assert run_one(services, names=("build-version",)) == "done"
        (held,) = case_files(services)
        storing = threading.Thread(
            target=lambda: outcomes.append(run_one(services, names=("publish-version",)))
        )
        with services.writing() as session:
            require_standing(session, "kho1")
            storing.start()
            until_one_waits(services)
            note_held(session, held.id, "kho3", 1, at=clock.now())
        storing.join()
        assert outcomes == ["done"]
        assert [case_file.state for case_file in case_files(services)] == [CaseState.STORED]


def test_a_copy_that_two_find_away_at_once_is_told_by_one_and_fails_neither(
    postgresql: PostgreSql, tmp_path: Path
) -> None:
    outcomes: list[bool] = []
    with open_home(new_home(tmp_path / "home", Backends(postgresql))) as services:
        take_in(services, tmp_path / "case", range(1, 2))
        take_away(services.settings.home / "kho2")
        writing = threading.Thread(target=lambda: outcomes.append(write_out_evidence(services)))
        with services.writing() as session:
            alarm = IncidentSeverity.ALARM
            open_incident(session, COPY_UNREACHABLE, "kho2", severity=alarm)
            writing.start()
            until_one_waits(services)
        writing.join()
        assert outcomes == [False]
        with services.read_only() as session:
            assert [row.subject for row in open_incidents(session)] == ["kho2"]
