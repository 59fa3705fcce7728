"""The whole main job on PostgreSQL, by the real command and by several worker processes."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.audit import verify_events
from archive_service.db.migrate import is_set_up
from archive_service.domain.case_files.case_file import CaseFile, CaseState, Digitization
from archive_service.domain.keeping.job import Job, JobState
from archive_service.jobs.machine import worker_name
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from tests.services.servers import PostgreSql
from tests.worlds.archive import (
    Backends,
    copy_home,
    mixed_case,
    new_home,
    open_home,
    person,
    remove_home,
)
from tests.worlds.clients import do_all
from tests.worlds.command import Command
from tests.worlds.papers.bad_input import FILE, small_case, write_small_sheet
from tests.worlds.servers.backends import drop_database, read_settings, write_settings

CODE = "H40.18.2025.09.QLCT"
MANY = 6


@pytest.fixture(scope="module")
def accepted_home(postgresql: PostgreSql, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One case file of a PDF and a sheet of paper, accepted; nothing of it is stored yet."""
    place = tmp_path_factory.mktemp("accepted")
    home = new_home(place / "home", Backends(postgresql=postgresql))
    with open_home(home) as services:
        mixed_case(place / "case", code=CODE)
        (submission,) = submit(place / "case", actor=person(services, "bach"), services=services)
        do_all(services)
        accept(services, submission, actor=person(services, "lan"))
    return home


@pytest.fixture
def home(accepted_home: Path, tmp_path: Path) -> Iterator[Path]:
    home = copy_home(accepted_home, tmp_path / "home")
    yield home
    remove_home(home)


def until(services: Services, true: Callable[[Services], bool], *, most_s: float = 60) -> None:
    end = time.monotonic() + most_s
    while not true(services):
        assert time.monotonic() < end, "it never came to this"
        time.sleep(0.1)


def running(name: str) -> Callable[[Services], bool]:
    def ask(services: Services) -> bool:
        with services.read_only() as session:
            found = select(Job.id).where(Job.name == name, Job.state == JobState.RUNNING)
            return session.scalar(found) is not None

    return ask


def all_done(services: Services) -> bool:
    with services.read_only() as session:
        counts = services.jobs.counts(session)
    assert counts.failed + counts.dead == 0
    return counts.waiting + counts.running == 0


def test_a_case_file_is_stored_digitized_indexed_and_comes_back_with_a_rebuild(
    home: Path, postgresql: PostgreSql
) -> None:
    """Into the database in use, then into an empty one."""
    archive = Command(home)
    done = archive.started("work", "--until-empty", "--json")
    assert (done.code, done.document["left"], done.document["failed"]) == (0, 0, 0), done
    before = archive.ask("case", "show", CODE)
    found = archive.ask("search", "bàn giao")
    assert (before["state"], before["digitization"]) == ("stored", "done")
    assert found["total"] >= 1

    rebuilt = archive.started("rebuild", "--json")

    assert rebuilt.code == 0, rebuilt
    assert rebuilt.document["cases"] == 1
    assert archive.ask("audit", "verify")["ok"]
    assert archive.ask("case", "show", CODE) == before
    assert archive.ask("search", "bàn giao")["total"] == found["total"]

    drop_database(home)
    fresh = {"database": {"url": postgresql.new_database()}}
    write_settings(home, read_settings(home) | fresh)
    assert archive.ask("rebuild")["cases"] == 1
    assert archive.ask("case", "show", CODE) == before
    assert archive.ask("fixity", "check")["damaged"] == []
    with open_home(home) as services:
        assert is_set_up(services.database.engine)


def test_two_worker_processes_share_the_load(home: Path, tmp_path: Path) -> None:
    with open_home(home) as services:
        for number in range(MANY):
            folder = small_case(tmp_path / str(number))
            with (folder / FILE).open("ab") as paper:  # custody takes no document twice unasked
                paper.write(f"%{number}\n".encode())
            code = f"H40.18.2025.{20 + number}.QLCT"
            write_small_sheet(folder, code=code, codeNumber=str(20 + number))
        folders = [tmp_path / str(number) for number in range(MANY)]
        sent = [submit(path, actor=person(services, "bach"), services=services) for path in folders]
        archive, logs = Command(home), [tmp_path / "1.log", tmp_path / "2.log"]
        with archive.beside("work", log=logs[0]), archive.beside("work", log=logs[1]):
            until(services, all_done)
            for (submission,) in sent:
                accept(services, submission, actor=person(services, "lan"))
            until(services, all_done)
        with services.read_only() as session:
            workers = set(session.scalars(select(Job.worker).where(Job.state == JobState.DONE)))
            tries = set(session.scalars(select(Job.attempts)))
            states = session.scalars(select(CaseFile.state)).all()
            assert verify_events(session).ok
    assert len(workers - {worker_name()}) == 2
    assert max(tries) <= 3  # who was overtaken in a row tries again, and for no other reason
    told = [line for log in logs for line in log.read_text("utf-8").splitlines()]
    lines = [json.loads(line) for line in told if line.startswith("{")]
    assert lines
    assert {line["outcome"] for line in lines if line["event"] == "job"} <= {"done", "retry"}
    assert not [line for line in lines if line["event"] == "job-crashed"]
    assert states == [CaseState.STORED] * (MANY + 1)


def test_what_a_killed_worker_held_is_taken_over(home: Path) -> None:
    with open_home(home) as services:
        with Command(home).beside("work") as worker:
            until(services, running("digitize-case-file"))
            worker.kill()
            worker.wait()
        assert running("digitize-case-file")(services)
        with Command(home).beside("work"):
            until(services, all_done)
        with services.read_only() as session:
            row = session.scalars(select(CaseFile)).one()
            tried = session.scalars(select(Job).where(Job.name == "digitize-case-file")).one()
            assert verify_events(session).ok
    assert (row.state, row.digitization) == (CaseState.STORED, Digitization.DONE)
    assert (tried.state, tried.attempts) == (JobState.DONE, 2)
