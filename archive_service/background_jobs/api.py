"""The job ledger: what runs, waits, and waits for a person."""

from uuid import UUID

from apiflask import APIBlueprint
from sqlalchemy import select

from archive_service import access
from archive_service.api.offered import offer
from archive_service.api.paging import JobQuery
from archive_service.background_jobs.documents import JobDocument, JobList
from archive_service.background_jobs.view import get_job, job_document, retry_job, seen_by
from archive_service.db.paging import Order, part_of
from archive_service.domain.keeping.job import Job
from archive_service.request import current_actor, services

bp = APIBlueprint("api_jobs", __name__, tag="jobs", url_prefix="/jobs")

_NEWEST = Order.by_moment(Job.created_at, Job.id)


@bp.get("")
@bp.input(JobQuery, location="query")
@bp.output(JobList)
def list_all(query_data: JobQuery) -> JobList:
    """Jobs, newest first."""
    access.require(current_actor(), "job:list")
    query = select(Job).where(seen_by(current_actor()))
    if query_data.state is not None:
        query = query.where(Job.state == query_data.state)
    with services().read_only() as session:
        part = part_of(session, query, _NEWEST, limit=query_data.limit, cursor=query_data.cursor)
        return JobList(jobs=[job_document(row) for row in part.rows], cursor=part.cursor)


@bp.get("/<uuid:job_id>")
@bp.output(JobDocument)
def one(job_id: UUID) -> JobDocument:
    """One job with its progress and, where it failed, why."""
    with services().read_only() as session:
        return job_document(get_job(session, job_id, actor=current_actor()))


offer(bp, "/<uuid:job_id>/retry", retry_job)
