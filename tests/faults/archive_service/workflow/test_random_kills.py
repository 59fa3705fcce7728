"""Two hundred ``kill -9`` at random of web, worker or both, while case files come in."""

import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import select

from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.worker import work
from ingest.submissions import acts as submissions_acts
from tests.faults.archive_service.workflow.acts import keep
from tests.faults.archive_service.workflow.serving import Flow, Person, Target, pause, serving
from tests.faults.chance import told_chance
from tests.faults.custody import object_roots, require_true_claims, require_whole
from tests.services.servers import MinioServer, PostgreSql
from tests.worlds.archive import Backends, new_home, open_home, person

KILLS = 100  # over each of the two
CASE_FILES = 16
# And as long as a start takes, else nothing comes in on a slow machine: some die before their
# first job, some after several.
LONGEST_LIFE_S = 4.0
OFTEN = {"ARCHIVE_JOBS__MAX_ATTEMPTS": str(20 * KILLS)}  # more often than a ledger forgives


@pytest.mark.long
def test_random_kills_over_sqlite_and_files(tools: ModuleType, tmp_path: Path) -> None:
    kill_at_random(tmp_path, Backends(), tools)


@pytest.mark.long
def test_random_kills_over_postgresql_and_minio(
    tools: ModuleType, tmp_path: Path, postgresql: PostgreSql, minio: MinioServer
) -> None:
    kill_at_random(tmp_path, Backends(postgresql=postgresql, minio=minio), tools)


def kill_at_random(folder: Path, backends: Backends, tools: ModuleType) -> None:
    chance = told_chance()
    kills: Counter[Target] = Counter()
    home = new_home(folder / "home", backends)
    with serving(home, **OFTEN) as server:
        officer, archivist = (Person(home, name, server.url) for name in ("bach", "lan"))
        flow = Flow(folder, CASE_FILES, officer, archivist)
        with flow.flowing():
            while kills.total() < KILLS:
                pause(
                    chance, LONGEST_LIFE_S + server.start_s
                )  # else nothing comes in where it is slow
                target = chance.choice(list(Target))
                kills[target] += server.kill(target)
                if kills.total() % 10 == 0:
                    with open_home(home) as services:
                        require_true_claims(services)
    with open_home(home) as services:
        require_true_claims(services)
        work(services, until_empty=True)
        while accept_what_is_checked(home):
            work(services, until_empty=True)
        keep(services)
        require_whole(services, flow.sources, versions=2)
        valid, told = tools.ocfl_validate(*object_roots(services, home))
    assert valid, told
    told_kills = {target.value: count for target, count in kills.items()}
    sys.stderr.write(
        f"{kills.total()} kills {told_kills}, {len(flow.sources)} case files: "
        "0 lost, 0 doubled, 0 falsely called stored\n"
    )
    assert len(flow.sources) > 1


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
            submissions_acts.accept(services, submission_id, actor=person(services, "lan"))
        return len(waiting)
