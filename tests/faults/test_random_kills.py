"""A hundred ``kill -9`` at random of real workers, while case files come in and are accepted."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import select

from archive_service.domain.submission import Submission, SubmissionState
from archive_service.worker import work
from archive_service.workflow import intake
from tests.factories.archive import mixed_case, new_home, open_home, person
from tests.faults.acts import keep
from tests.faults.custody import object_roots, require_true_claims, require_whole

KILLS = 100
WORKERS = 2
LONGEST_LIFE_S = 6.0  # some workers die before their first job, some after several


@pytest.mark.long
def test_a_hundred_random_kills_lose_double_and_promise_nothing(
    tools: ModuleType, tmp_path: Path
) -> None:
    seed = int(os.environ.get("FAULTS_SEED", str(time.time_ns())))
    sys.stderr.write(f"FAULTS_SEED={seed}\n")
    chance = random.Random(seed)
    home = new_home(tmp_path / "home")
    killing = threading.Event()
    with submissions_flowing(home, tmp_path, killing) as sources:
        for kill in range(0, KILLS, WORKERS):
            workers = [start_worker(home) for _ in range(WORKERS)]
            for worker in workers:
                time.sleep(chance.uniform(0, LONGEST_LIFE_S / WORKERS))
                worker.send_signal(signal.SIGKILL)
                worker.wait()
            if kill % 10 == 0:
                with open_home(home) as services:
                    require_true_claims(services)
        killing.set()
    assert len(sources) > 1
    with open_home(home) as services:
        require_true_claims(services)
        work(services, until_empty=True)
        while accept_what_is_checked(home):
            work(services, until_empty=True)
        keep(services)
        require_whole(services, sources, versions=2)
        valid, told = tools.ocfl_validate(*object_roots(services, home))
    assert valid, told


def start_worker(home: Path) -> "subprocess.Popen[bytes]":
    """A worker as users run it; a job may be cut off more often here than a ledger forgives."""
    environment = {
        **os.environ,
        "ARCHIVE_HOME": str(home),
        "ARCHIVE_JOBS__MAX_ATTEMPTS": str(10 * KILLS),
    }
    command = [sys.executable, "-m", "archive_service.main", "--config", str(home / "archive.toml")]
    return subprocess.Popen(
        [*command, "work"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@contextmanager
def submissions_flowing(home: Path, folder: Path, until: threading.Event) -> Iterator[list[Path]]:
    """One case file after another is handed in and, when checked, accepted; by people who live."""
    sources: list[Path] = []

    def flow() -> None:
        while not until.is_set():
            number = len(sources) + 1
            if number <= KILLS // 5:
                code = f"H40.18.2025.{number:02}.QLCT"
                source = mixed_case(folder / f"source-{number}", code=code)
                with open_home(home) as services:
                    intake.submit(source, actor=person(services, "bach"), services=services)
                sources.append(source)
            accept_what_is_checked(home)
            until.wait(2)

    thread = threading.Thread(target=flow)
    thread.start()
    try:
        yield sources
    finally:
        until.set()
        thread.join()


def accept_what_is_checked(home: Path) -> int:
    """The archivist's round; how many were waiting."""
    with open_home(home) as services:
        with services.read_only() as session:
            waiting = list(
                session.scalars(
                    select(Submission.id).where(Submission.state == SubmissionState.CHECKED)
                )
            )
        for submission_id in waiting:
            intake.accept(submission_id, actor=person(services, "lan"), services=services)
        return len(waiting)
