"""The job ledger, watched until nothing runs."""

from sqlalchemy import select

from archive_service.domain.keeping.job import Job, JobState
from archive_service.services import Services


def idle(services: Services) -> bool:
    """Whether no job waits or runs; none may have been given up."""
    with services.read_only() as session:
        states = set(session.scalars(select(Job.state)))
    assert not states & {JobState.FAILED, JobState.DEAD}
    return states <= {JobState.DONE}
