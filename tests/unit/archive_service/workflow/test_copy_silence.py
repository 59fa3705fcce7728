"""A worker that reaches the ledger but no copy leaves the jobs that need one to other machines."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.keeping.job import Job, JobState
from archive_service.jobs.broker import NoBroker
from archive_service.services import Services
from archive_service.storage.filesystem import FilesystemStore
from archive_service.worker import run_one, work, work_told
from archive_service.workflow.copy_silence import CopySilence
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import person, small_pdf_case

COUNT = 4
PUBLISH = "publish-version"


@pytest.fixture
def accepted(services: Services, tmp_path: Path) -> Services:
    """Some case files whose packages are built and lie in no copy yet."""
    for number in range(COUNT):
        case = small_pdf_case(tmp_path / str(number), code=f"H40.18.2025.{number}.TH")
        submit(case, actor=person(services, "bach"), services=services)
    work(services, until_empty=True)
    with services.read_only() as session:
        names = session.scalars(select(Job.subject_id).where(Job.name == "check-submission"))
        submissions = [name for name in names if name]
    for submission in submissions:
        accept(services, submission, actor=person(services, "lan"))
    while run_one(services, names=("build-version",)):
        pass
    return services


def cut_off(services: Services, *, but: int = 0) -> Services:
    """The same archive as a machine sees it that reaches none of its copies, or only so many."""
    here, away = services.stores[:but], services.stores[but:]
    lost = [FilesystemStore(Path("/nowhere") / copy.name, name=copy.name) for copy in away]
    return replace(services, stores=(*here, *lost))


def put_off(services: Services) -> int:
    """How many jobs were drawn and put off."""
    with services.read_only() as session:
        return session.scalar(select(func.count()).where(Job.outages > 0)) or 0


def stored(services: Services) -> int:
    with services.read_only() as session:
        kept = CaseFile.state == CaseState.STORED
        return session.scalar(select(func.count()).select_from(CaseFile).where(kept)) or 0


def draw_all(services: Services, silence: CopySilence) -> None:
    while run_one(services, silence=silence):
        pass


def test_one_job_is_put_off_and_the_others_wait_for_a_machine_that_reaches_a_copy(
    accepted: Services,
) -> None:
    here = cut_off(accepted)
    silence = CopySilence(here, look_s=0)
    draw_all(here, silence)
    assert (put_off(accepted), silence.lasts) == (1, True)
    draw_all(accepted, CopySilence(accepted))
    assert stored(accepted) >= COUNT - 1  # and the one as soon as it is due again


def test_once_a_copy_answers_again_all_is_drawn(accepted: Services) -> None:
    folders = [accepted.settings.home / copy.name for copy in accepted.stores]
    for folder in folders:
        folder.rename(folder.with_suffix(".away"))
    silence = CopySilence(accepted, look_s=0)
    draw_all(accepted, silence)
    assert (stored(accepted), put_off(accepted)) == (0, 1)
    for folder in folders:
        folder.with_suffix(".away").rename(folder)
    with accepted.writing() as session:
        session.execute(update(Job).where(Job.outages > 0).values(run_at=clock.now()))
    draw_all(accepted, silence)
    assert (stored(accepted), silence.lasts) == (COUNT, False)


def test_while_one_copy_answers_everything_is_drawn_and_goes_there(accepted: Services) -> None:
    here = cut_off(accepted, but=1)
    silence = CopySilence(here, look_s=0)
    draw_all(here, silence)
    assert (put_off(accepted), silence.lasts) == (COUNT, False)
    assert len(list(accepted.stores[0].iter_keys("ocfl/"))) > COUNT


class Telling(NoBroker):
    """Tells each waiting job once; what it still had to tell when it was left."""

    is_used = True

    def __init__(self, jobs: Sequence[UUID], stopping: threading.Event) -> None:
        self.left = list(jobs)
        self._stopping = stopping

    def consume(
        self, queues: Sequence[str], do: Callable[[UUID], None], stopping: threading.Event
    ) -> None:
        """See ``Broker.consume``; afterwards all is over."""
        assert queues == ["store"]
        while self.left and not stopping.is_set():
            do(self.left.pop())
        self._stopping.set()


def test_the_broker_is_left_so_that_its_messages_go_to_others(accepted: Services) -> None:
    with accepted.read_only() as session:
        waiting = session.scalars(
            select(Job.id).where(Job.name == PUBLISH, Job.state == JobState.WAITING)
        ).all()
    stopping = threading.Event()
    broker = Telling(waiting, stopping)
    work_told(replace(cut_off(accepted), broker=broker), queues=["store"], stopping=stopping)
    assert len(broker.left) == COUNT - 1
