"""The ledger as people see it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.bootstrap import Services
from archive_service.domain.account import Actor
from archive_service.domain.job import Job, JobState


def list_jobs(
    services: Services, *, actor: Actor, state: str | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """``{id, name, state, attempts, progress, error}``, newest first."""
    access.require(actor, "job:list")
    query = select(Job).order_by(Job.created_at.desc()).limit(limit)
    if state is not None:
        query = query.where(Job.state == JobState(state))
    with services.read_only() as session:
        return [job_document(job) for job in session.scalars(query)]


def retry_job(services: Services, job_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Give a failed or dead job a new life; an open one stays as it is."""
    access.require(actor, "job:retry")
    with services.unit_of_work() as uow:
        job = services.jobs.revive(uow.session, job_id)
        record_event(
            uow.session, "job:revived", subject_id=job.id, actor=actor, data={"name": job.name}
        )
        uow.commit()
        return job_document(job)


def job_document(job: Job) -> dict[str, Any]:
    """A job; ``error`` is in words."""
    error = None
    if job.error:
        said = messages.error(str(job.error["code"]), "vi", job.error["facts"])
        error = {"code": job.error["code"], "message": said.message, "remedy": said.remedy}
    return {
        "id": str(job.id),
        "name": job.name,
        "state": job.state.value,
        "subject": None if job.subject_id is None else str(job.subject_id),
        "attempts": job.attempts,
        "progress": round(job.progress, 3),
        "error": error,
        "created_at": clock.iso(job.created_at),
        "run_at": clock.iso(job.run_at),
        "finished_at": None if job.finished_at is None else clock.iso(job.finished_at),
    }
