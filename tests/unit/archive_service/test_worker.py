"""The worker does what its release knows, and tells what became of it without giving data away."""

import pytest
from sqlalchemy import select

from archive_service import messages
from archive_service.domain.keeping.job import Job, JobState
from archive_service.jobs.queues import QUEUE_OF, QUEUES, queue_of
from archive_service.services import Services
from archive_service.worker import JOBS, run_one, work


def only_job(services: Services) -> Job:
    with services.read_only() as session:
        return session.scalars(select(Job)).one()


def test_of_a_bug_the_list_of_jobs_shows_the_kind_and_none_of_the_data(services: Services) -> None:
    with services.unit_of_work() as uow:
        services.jobs.add(uow.session, "check-case-file")  # about no case file: our mistake
        uow.commit()
    assert run_one(services) == "retry"
    job = only_job(services)
    assert job.state is JobState.WAITING
    assert job.error == {"code": "unexpected-error", "facts": {"reason": "ValueError"}}


def test_a_job_of_another_release_is_left_to_its_workers(services: Services) -> None:
    with services.unit_of_work() as uow:
        services.jobs.add(uow.session, "job-of-tomorrow")
        uow.commit()
    assert run_one(services) is None
    tally = work(services, until_empty=True)
    assert (tally.done, tally.failed, tally.left) == (0, 0, 1)
    job = only_job(services)
    assert (job.state, job.attempts) == (JobState.WAITING, 0)


def test_a_worker_of_one_queue_leaves_the_others(services: Services) -> None:
    with services.unit_of_work() as uow:
        services.jobs.add(uow.session, "sweep-uploads")
        uow.commit()
    assert only_job(services).queue == "default"
    assert work(services, until_empty=True, queues=["ocr"]).done == 0
    assert work(services, until_empty=True, queues=["ocr", "default"]).done == 1


def test_every_queue_is_that_of_a_job_which_there_is() -> None:
    assert QUEUE_OF.keys() <= JOBS.keys()
    assert {queue_of(name) for name in JOBS} <= set(QUEUES)


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_each_job_has_its_name_for_the_list_of_jobs(lang: str) -> None:
    assert JOBS.keys() <= messages.labels("jobs", lang).keys()
