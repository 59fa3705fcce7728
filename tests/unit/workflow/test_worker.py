"""The worker tells people what became of a job, in words that give nothing away."""

from sqlalchemy import select

from archive_service.bootstrap import Services
from archive_service.domain.job import Job, JobState
from archive_service.worker import run_one


def test_of_a_bug_the_list_of_jobs_shows_the_kind_and_none_of_the_data(services: Services) -> None:
    with services.unit_of_work() as uow:
        services.jobs.add(uow.session, "no-such-job")
        uow.commit()
    assert run_one(services) == "retry"
    with services.read_only() as session:
        job = session.scalars(select(Job)).one()
    assert job.state is JobState.WAITING
    assert job.error == {"code": "unexpected-error", "facts": {"reason": "KeyError"}}
