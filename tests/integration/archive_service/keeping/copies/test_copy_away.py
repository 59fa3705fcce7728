"""A copy that is away delays, never loses: the others go on, and it catches up by itself."""

import shutil
from pathlib import Path

from sqlalchemy import select

from archive_service.domain.case_files.case_file import CaseFile, CaseState, CopyState
from archive_service.domain.people.incident import Incident
from archive_service.evidence.outbox import spread
from archive_service.keeping.copies.acts import add_copy
from archive_service.keeping.copies.listing import list_copies
from archive_service.keeping.copies.retiring import retire_copy
from archive_service.keeping.fixity.check import check_all
from archive_service.notices.incidents import open_incidents
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.copies.enrolment import CopiesChangedError
from archive_service.storage.copies.lag import Lag, copy_lag
from archive_service.worker import run_one, work
from tests.worlds.archive import OPERATOR
from tests.worlds.holding import bytes_of, case_files, opened, take_away, take_in, try_all

TWO = ("file:kho1", "file:kho2")


def incidents_of(services: Services) -> dict[tuple[str, str], Incident]:
    with services.read_only() as session:
        return {(row.kind, row.subject): row for row in open_incidents(session)}


def held_by(services: Services) -> dict[str, dict[str, int]]:
    """Code → copy → version."""
    told = select(CaseFile.code, CopyState.copy, CopyState.version)
    with services.read_only() as session:
        rows = session.execute(told.join(CopyState, CopyState.case_file_id == CaseFile.id)).all()
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.code, {})[row.copy] = row.version
    return found


def watch(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, "watch-copies")
    assert run_one(services, names=("watch-copies",)) == "done"


def test_ten_case_files_wait_for_the_copy_that_is_away_and_then_are_stored(
    home: Path, tmp_path: Path
) -> None:
    with opened(home, *TWO) as services:
        take_in(services, tmp_path / "some", range(20, 24))
        try_all(services)
        away = take_away(home / "kho2")
        take_in(services, tmp_path / "more", range(24, 30))
        try_all(services)
        waiting = [
            case_file for case_file in case_files(services) if case_file.state is CaseState.ACCEPTED
        ]
        assert len(waiting) == 6
        assert not any(case_file.receipt_issued_at for case_file in waiting)
        with services.read_only() as session:
            lag = copy_lag(session)
        assert lag["kho1"] == Lag()
        assert (lag["kho2"].versions, lag["kho2"].segments > 0) == (6, True)
        assert lag["kho2"].bytes > 0
        assert lag["kho2"].since is not None
        assert list(incidents_of(services)) == [("copy-unreachable", "kho2")]
        shutil.move(away, home / "kho2")
        work(services, until_empty=True)
        held = case_files(services)
        assert {case_file.state for case_file in held} == {CaseState.STORED}
        assert all(case_file.receipt_issued_at for case_file in held)
        assert not incidents_of(services)
        assert not check_all(services, progress=lambda _share: None).troubles()
        first, second = (bytes_of(copy) for copy in services.copies)
        assert first == second
        with services.read_only() as session:
            assert set(copy_lag(session).values()) == {Lag()}


def test_what_the_others_hold_is_not_written_again_at_each_try(home: Path, tmp_path: Path) -> None:
    with opened(home, *TWO) as services:
        away = take_away(home / "kho2")
        take_in(services, tmp_path / "more", range(20, 21))
        try_all(services)
        (waiting,) = [
            case_file for case_file in case_files(services) if case_file.state is CaseState.ACCEPTED
        ]
        with services.read_only() as session:
            session.add(waiting)
            held = {state.copy: state.verified_at for state in waiting.copies}
        assert set(held) == {"kho1"}
        shutil.move(away, home / "kho2")
        work(services, until_empty=True)
        with services.read_only() as session:
            session.add(waiting)
            session.refresh(waiting)
            after = {state.copy: state.verified_at for state in waiting.copies}
        assert after["kho1"] == held["kho1"]  # proved then, and not once more
        assert waiting.state is CaseState.STORED


def test_a_copy_that_lags_too_long_is_an_incident_until_it_is_level(
    home: Path, tmp_path: Path
) -> None:
    (home / "archive.toml").write_text(
        (home / "archive.toml").read_text().replace("[storage]", "[storage]\nlag_alarm_s = 0")
    )
    with opened(home, *TWO) as services:
        away = take_away(home / "kho2")
        take_in(services, tmp_path / "more", range(20, 21))
        try_all(services)
        watch(services)
        found = incidents_of(services)
        assert set(found) == {("copy-unreachable", "kho2"), ("copy-lagging", "kho2")}
        assert found["copy-lagging", "kho2"].facts["versions"] == 1
        shutil.move(away, home / "kho2")
        work(services, until_empty=True)
        watch(services)
        assert not incidents_of(services)


def test_nobody_calls_stored_what_a_copy_in_use_lacks(home: Path, tmp_path: Path) -> None:
    with opened(home, *TWO, "file:kho3") as services:
        add_copy(services, "kho3", actor=OPERATOR)
        work(services, until_empty=True)
    with opened(home, *TWO) as stale:  # a machine whose settings lag behind
        take_in(stale, tmp_path / "more", range(20, 21))
        try_all(stale)
        assert [case_file.state for case_file in case_files(stale)].count(CaseState.ACCEPTED) == 1
        told = spread(stale.database, staging=stale.staging, copies=stale.copies)
        assert isinstance(told.troubles["kho3"], CopiesChangedError)
    with opened(home, *TWO, "file:kho3") as services:
        work(services, until_empty=True)
        assert {case_file.state for case_file in case_files(services)} == {CaseState.STORED}
        first, second, third = (bytes_of(copy) for copy in services.copies)
        assert first == second == third


def test_a_rebuild_knows_which_copies_came_and_which_left(home: Path, tmp_path: Path) -> None:
    with opened(home, *TWO, "file:kho3") as services:
        add_copy(services, "kho3", actor=OPERATOR)
        work(services, until_empty=True)
        retire_copy(services, "kho1", reason="ổ đĩa cũ", actor=OPERATOR)
        take_in(services, tmp_path / "more", range(20, 22))
        work(services, until_empty=True)
        before = held_by(services)
        (home / "archive.db").unlink()
    with opened(home, *TWO, "file:kho3") as services:
        rebuild(services, actor=OPERATOR)
        work(services, until_empty=True)
        assert [copy.name for copy in services.copies] == ["kho2", "kho3"]
        rows = {
            known_copy.name: known_copy.state
            for known_copy in list_copies(services, actor=OPERATOR)
        }
        assert rows == {"kho1": "retired", "kho2": "active", "kho3": "active"}
        assert held_by(services) == before
        assert not check_all(services, progress=lambda _share: None).troubles()
