"""The worker does what its release knows, and tells what became of it without giving data away."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select, update

from archive_service import clock, messages
from archive_service.domain.keeping.job import Job, JobState
from archive_service.jobs.queues import QUEUE_OF, QUEUES, queue_of
from archive_service.services import Services
from archive_service.worker import JOBS, run_one, work
from ingest.submissions import acts as submissions_acts
from tests.worlds.archive import mixed_case, person
from tests.worlds.damage.small_disk import small_disk


def only_job(services: Services) -> Job:
    with services.read_only() as session:
        return session.scalars(select(Job)).one()


def test_of_a_bug_the_list_of_jobs_shows_the_kind_and_none_of_the_data(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, "check-case-file")  # about no case file: our mistake
    assert run_one(services) == "retry"
    job = only_job(services)
    assert job.state is JobState.WAITING
    assert job.error == {"code": "unexpected-error", "facts": {"reason": "ValueError"}}


def test_a_job_of_another_release_is_left_to_its_workers(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, "job-of-tomorrow")
    assert run_one(services) is None
    tally = work(services, until_empty=True)
    assert (tally.done, tally.failed, tally.left) == (0, 0, 1)
    job = only_job(services)
    assert (job.state, job.attempts) == (JobState.WAITING, 0)


def test_a_worker_of_one_queue_leaves_the_others(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, "sweep-uploads")
    assert only_job(services).queue == "default"
    assert work(services, until_empty=True, queues=["ocr"]).done == 0
    assert work(services, until_empty=True, queues=["ocr", "default"]).done == 1


def test_a_machine_whose_disk_is_full_leaves_its_job_to_others_soon(
    services: Services, tmp_path: Path
) -> None:
    source = mixed_case(tmp_path / "source")
    (submitted,) = submissions_acts.submit(
        source, actor=person(services, "bach"), services=services
    )
    work(services, until_empty=True)
    submissions_acts.accept(services, submitted, actor=person(services, "lan"))
    folder = services.settings.home / "work"
    shutil.rmtree(folder, ignore_errors=True)
    with small_disk(folder, 4096):
        (folder / "filler").write_bytes(bytes(4096))
        while (outcome := run_one(services)) == "done":
            pass
        for tries in range(1, 12):
            assert outcome == "unfit"
            job = waiting_job(services)
            assert (job.error or {})["code"] == "work-folder-full"
            wait = job.run_at - clock.now()
            assert (wait < dt.timedelta(seconds=3)) == (tries <= 10), "and nobody asks for ever"
            set_due(services, job)
            outcome = run_one(services, job_id=job.id)
    set_due(services, job)
    assert run_one(services, job_id=job.id) == "done"


def waiting_job(services: Services) -> Job:
    with services.read_only() as session:
        return session.scalars(select(Job).where(Job.outages > 0)).one()


def set_due(services: Services, job: Job) -> None:
    with services.writing() as session:
        session.execute(update(Job).where(Job.id == job.id).values(run_at=clock.now()))


def test_every_queue_is_that_of_a_job_which_there_is() -> None:
    assert QUEUE_OF.keys() <= JOBS.keys()
    assert {queue_of(name) for name in JOBS} <= set(QUEUES)


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_each_job_has_its_name_for_the_list_of_jobs(lang: str) -> None:
    assert JOBS.keys() <= messages.labels("jobs", lang).keys()
