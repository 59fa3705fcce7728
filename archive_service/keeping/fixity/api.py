"""Fixity reports: what each pass over the copies found, and the wish for another one."""

from typing import Any

from apiflask import APIBlueprint
from sqlalchemy import select

from archive_service import access, clock
from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.paging import PartQuery
from archive_service.background_jobs.documents import JobDocument
from archive_service.background_jobs.view import job_document
from archive_service.db.paging import part_of
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job
from archive_service.evidence.trail import NEWEST_EVENTS
from archive_service.keeping.fixity.acknowledging import acknowledge_difference
from archive_service.keeping.fixity.documents import FixityCoverageList, FixityReportList
from archive_service.keeping.fixity.status import fixity_status
from archive_service.request import current_actor, services

bp = APIBlueprint(
    "api_fixity_reports", __name__, tag="fixity-reports", url_prefix="/fixity-reports"
)

_TAG, _JOB = "fixity:checked", "check-fixity"


@bp.get("")
@bp.input(PartQuery, location="query")
@bp.output(FixityReportList)
def list_all(query_data: PartQuery) -> dict[str, Any]:
    """Passes over the copies, newest first."""
    access.require(current_actor(), "fixity:check")
    query = select(AuditEvent).where(AuditEvent.tag == _TAG)
    with services().read_only() as session:
        part = part_of(
            session, query, NEWEST_EVENTS, limit=query_data.limit, cursor=query_data.cursor
        )
        return {
            "fixity_reports": [
                row.data | {"number": row.number, "at": clock.iso(row.at), "account": row.account}
                for row in part.rows
            ],
            "cursor": part.cursor,
        }


@bp.get("/coverage")
@bp.output(FixityCoverageList)
def coverage() -> dict[str, Any]:
    """How lately every byte of every copy was read again, and what is in trouble."""
    return fixity_status(services(), actor=current_actor())


offer(bp, "/differences/<uuid:incident_id>/acknowledge", acknowledge_difference)


@bp.post("")
@bp.output(JobDocument, status_code=201)
def ask() -> Answer:
    """Want a whole pass now; answers with the job, which may be waiting or running already."""
    access.require(current_actor(), "fixity:check")

    def create() -> JobDocument:
        with services().unit_of_work() as uow:
            services().jobs.add(uow.session, _JOB)
            job = uow.session.scalars(
                select(Job).where(Job.name == _JOB).order_by(Job.created_at.desc()).limit(1)
            ).one()
            uow.commit()
            return job_document(job)

    return answer_once(b"", create)
