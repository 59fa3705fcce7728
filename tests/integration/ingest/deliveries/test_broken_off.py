"""A delivery that its command leaves half taken in: a worker goes on with it, or says why not."""

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.domain.intake.delivery import TAKE_JOB, Delivery, DeliveryState
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.job import Job, JobState
from archive_service.services import Services
from archive_service.storage.port import StoreUnreachableError
from archive_service.worker import work
from ingest.deliveries import acts as deliveries_acts
from tests.worlds.archive import new_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.ingest.bulk import make_bulk

COUNT = 45  # more than one piece
_TAKEN_IN_PART = """
import os, signal, sys
from pathlib import Path
from ingest.deliveries import acts as deliveries
from tests.worlds.archive import (open_home, person)

with open_home(Path(sys.argv[1])) as services:
    deliveries.deliver(
        Path(sys.argv[2]),
        actor=person(services, "bach"),
        services=services,
        progress=lambda *_: os.kill(os.getpid(), signal.SIGKILL),
    )
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_bulk(tmp_path / "Đợt 1", COUNT)


def killed(home: Path, folder: Path) -> None:
    """Begin to take it in, and be killed after the first piece."""
    line = [sys.executable, "-c", _TAKEN_IN_PART, str(home), str(folder)]
    assert subprocess.run(line, check=False, cwd=Path.cwd()).returncode == -signal.SIGKILL


def only(services: Services) -> Delivery:
    with services.read_only() as session:
        row = session.scalars(select(Delivery)).one()
        session.expunge(row)
        return row


def jobs_of(services: Services, delivery: UUID) -> list[JobState]:
    with services.read_only() as session:
        wanted = select(Job.state).where(Job.name == TAKE_JOB, Job.subject_id == delivery)
        return list(session.scalars(wanted))


def test_what_a_killed_command_left_is_taken_in_by_a_worker(
    home: Path, folder: Path, services: Services
) -> None:
    killed(home, folder)
    begun = only(services)
    assert begun.state is DeliveryState.RUNNING
    assert 0 < begun.done < COUNT
    work(services, until_empty=True)
    row = only(services)
    assert (row.state, row.done, row.again) == (DeliveryState.DONE, COUNT, 0)
    with services.read_only() as session:
        codes = Counter(session.scalars(select(Submission.code)))
    assert set(codes.values()) == {1}
    assert len(codes) == COUNT


def test_what_no_worker_can_reach_stands_still_with_the_reason_and_a_way_on(
    home: Path, folder: Path, services: Services, app: Flask
) -> None:
    killed(home, folder)
    folder.rename(folder.with_name("chỗ khác"))
    work(services, until_empty=True)
    row = only(services)
    assert (row.state, row.trouble["code"]) == (DeliveryState.STOPPED, "delivery-elsewhere")
    page = browser_of(app, services, "bach").get(f"/deliveries/{row.id}").text
    assert f"/deliveries/{row.id}/resume" in page
    assert f"/deliveries/{row.id}/close" in page
    assert "Không còn thấy" in page
    shutil.move(folder.with_name("chỗ khác"), folder)
    deliveries_acts.resume(services, row.id, actor=person(services, "bach"))
    work(services, until_empty=True)
    assert only(services).state is DeliveryState.DONE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_a_worker_may_not_read_is_not_refused_row_by_row(
    home: Path, folder: Path, services: Services
) -> None:
    killed(home, folder)
    shut = next(folder.rglob("*.pdf"))
    shut.chmod(0)
    work(services, until_empty=True)
    row = only(services)
    assert (row.trouble["code"], row.refused) == ("delivery-elsewhere", 0)


def test_who_interrupts_a_command_has_its_delivery_stopped(
    folder: Path, services: Services
) -> None:
    def interrupted(_done: int, _rows: int) -> None:
        raise KeyboardInterrupt

    bach = person(services, "bach")
    with pytest.raises(KeyboardInterrupt):
        deliveries_acts.deliver(folder, actor=bach, services=services, progress=interrupted)
    row = only(services)
    assert row.state is DeliveryState.STOPPED
    assert jobs_of(services, row.id) == [JobState.DONE]


def test_what_a_backend_broke_off_waits_for_a_worker(folder: Path, services: Services) -> None:
    def silent(_done: int, _rows: int) -> None:
        raise StoreUnreachableError(copy="a", reason="gone")

    bach = person(services, "bach")
    with pytest.raises(StoreUnreachableError):
        deliveries_acts.deliver(folder, actor=bach, services=services, progress=silent)
    assert jobs_of(services, only(services).id) == [JobState.WAITING]
    work(services, until_empty=True)
    assert only(services).state is DeliveryState.DONE


def test_what_is_resumed_where_it_does_not_lie_stands_still_again(
    home: Path, folder: Path, services: Services
) -> None:
    killed(home, folder)
    bach, row = person(services, "bach"), only(services)
    folder.rename(folder.with_name("chỗ khác"))
    with pytest.raises(deliveries_acts.DeliveryElsewhereError):
        deliveries_acts.resume(services, row.id, actor=bach, progress=lambda *_: None)
    assert only(services).state is DeliveryState.STOPPED
