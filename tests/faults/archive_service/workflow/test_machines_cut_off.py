"""Machines are cut off and come back with an old clock, an old release or a full disk."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.db.migrate import newest
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.jobs.queues import QUEUES
from archive_service.services import Services
from tests.faults.archive_service.workflow.acts import keep
from tests.faults.archive_service.workflow.ledger import idle
from tests.faults.archive_service.workflow.machines import (
    available,
    crew,
    earlier_release,
    late_clock,
)
from tests.faults.archive_service.workflow.serving import Flow, Person, wait_for
from tests.faults.custody import require_true_claims, require_whole
from tests.services.servers import Elasticsearch, MinioServer, PostgreSql, RabbitMq, run_minio
from tests.worlds.archive import Backends, new_home, open_home, small_pdf_case
from tests.worlds.servers.backends import read_settings, write_settings

SHARE = int(os.environ.get("FAULTS_CASE_FILES", "200")) // 8  # that come in at each blow
LEASE_S = 10
LATE_S = 2 * 24 * 3600
COMMON = ("default", "store", "index")
CREW = {"w1": QUEUES, "w2": COMMON, "w3": COMMON}  # no more processes than the figures need
PATIENCE_S = 240 + 5 * SHARE


@pytest.fixture
def home(
    tmp_path: Path,
    own_postgresql: PostgreSql,
    minio: MinioServer,
    elasticsearch: Elasticsearch,
    own_rabbitmq: RabbitMq,
) -> Iterator[Path]:
    """One PostgreSQL, two MinIO, one broker; what waits lies in a bucket that all reach."""
    with run_minio() as second:
        chosen = Backends(own_postgresql, minio, second, elasticsearch)
        home = new_home(tmp_path / "home", chosen)
        settings = read_settings(home)
        jobs = {"url": own_rabbitmq.new_vhost(), "lease_s": LEASE_S, "max_attempts": 100}
        settings["jobs"] |= jobs
        settings["storage"]["staging"] = minio.new_bucket_url()
        write_settings(home, settings)
        yield home


class Course:
    """Blows that fall on work in hand, and how long it stood still after each."""

    def __init__(self, services: Services, flow: Flow) -> None:
        self._services, self._flow = services, flow
        self.told: list[str] = []

    def _ids(self, state: SubmissionState) -> set[UUID]:
        with self._services.read_only() as session:
            return set(session.scalars(select(Submission.id).where(Submission.state == state)))

    @contextmanager
    def blow(self, name: str) -> Iterator[None]:
        """Falls within the block on what was accepted; all that comes in meanwhile is stored."""
        self._flow.most += SHARE
        wait_for(lambda: self._ids(SubmissionState.ACCEPTED), most_s=PATIENCE_S)
        accepted, began = self._ids(SubmissionState.ACCEPTED), time.monotonic()
        yield
        wait_for(lambda: accepted <= self._ids(SubmissionState.STORED), most_s=PATIENCE_S)
        self.told.append(f"{name}: {len(accepted)} in hand, {time.monotonic() - began:.0f} s")
        all_of_it = self._flow.most
        wait_for(lambda: len(self._ids(SubmissionState.STORED)) == all_of_it, most_s=PATIENCE_S)
        require_true_claims(self._services)


@pytest.mark.long
@pytest.mark.skipif(not available(), reason="network name spaces are made by root, with iproute2")
def test_machines_are_cut_off_and_come_back_unlike_before(
    home: Path, own_postgresql: PostgreSql, tmp_path: Path
) -> None:
    clock = late_clock(tmp_path)
    (tmp_path / "earlier").mkdir()
    earlier = earlier_release(tmp_path / "earlier")
    with (
        crew(home, own_postgresql, CREW, ("p1", "p2")) as (workers, pages),
        open_home(home) as services,
    ):
        urls = [machine.url for machine in pages]
        officer, archivist = Person(home, "bach", *urls), Person(home, "lan", *reversed(urls))
        flow = Flow(tmp_path, 0, officer, archivist, pause_s=0.1, made=small_pdf_case)
        course = Course(services, flow)
        with flow.flowing():
            for machine in (*workers, *pages):
                with course.blow(f"{machine.name} cut off"):
                    machine.cut_off()
                machine.join()
            first, second, third = workers
            with course.blow("w1 dead"):
                first.die()
            first.start(LD_PRELOAD=str(clock), CLOCK_LATE_S=str(LATE_S))
            with course.blow("w1 two days late, w2 of an earlier release"):
                second.die()
                second.start(code=earlier)
            wait_for(lambda: second.ended() is not None)
            assert second.ended() != 0
            assert newest() in second.words()
            second.start()
            with course.blow("w3 with a full disk"):
                third.fill_disk()
            third.free_disk()
            first.die()
            first.start()
        wait_for(lambda: idle(services), most_s=PATIENCE_S)
        for machine in (*workers, *pages):
            machine.stop()
        keep(services)
        require_whole(services, flow.sources, versions=1)
        assert len(flow.sources) == SHARE * len(course.told)
    sys.stderr.write(
        "\n".join((f"{len(flow.sources)} case files, all stored once", *course.told, ""))
    )
