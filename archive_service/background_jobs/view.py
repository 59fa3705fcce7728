"""The ledger as people see it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, or_, select, true
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.background_jobs.documents import FoundJobDocument, JobDocument, QueueDocument
from archive_service.db.words import has_words
from archive_service.domain.case_files.case_file import CaseFile, Digitization
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.job import UNFINISHED, Job, JobState
from archive_service.domain.people.account import Actor
from archive_service.jobs.due import TWINS_JOB
from archive_service.jobs.port import JobNotFoundError
from archive_service.services import Services

DIGITIZE_JOB = "digitize-case-file"
_OPEN = (JobState.WAITING, JobState.RUNNING)


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """Jobs that the account may know: of one agency, those on its own and those of the service.

    What cannot be told to be the agency's own, such as a batch, is not shown.
    """
    if actor.agency_id is None:
        return true()
    own = (
        select(table.id)
        .where(table.id == Job.subject_id, table.agency_id == actor.agency_id)
        .correlate(Job)
        for table in (Submission, CaseFile)
    )
    return Job.subject_id.is_(None) | or_(*(subject.exists() for subject in own))


def get_job(session: Session, job_id: UUID, *, actor: Actor) -> Job:
    """One of them; ``JobNotFoundError``."""
    access.require(actor, "job:list")
    job = session.scalar(select(Job).where(Job.id == job_id, seen_by(actor)))
    if job is None:
        raise JobNotFoundError(id=job_id)
    return job


def list_jobs(
    services: Services,
    *,
    actor: Actor,
    state: str | None = None,
    limit: int | None = None,
    lang: str = "vi",
) -> list[JobDocument]:
    """List jobs, newest first."""
    access.require(actor, "job:list")
    query = select(Job).where(seen_by(actor)).order_by(Job.created_at.desc()).limit(limit)
    if state is not None:
        query = query.where(Job.state == JobState(state))
    with services.read_only() as session:
        return [job_document(job, lang) for job in session.scalars(query)]


def retry_job(services: Services, job_id: UUID, *, actor: Actor) -> JobDocument:
    """Give a failed or dead job a new life; an open one stays as it is."""
    access.require(actor, "job:retry")
    with services.unit_of_work() as uow:
        job = services.jobs.revive(uow.session, job_id)
        if job.name == DIGITIZE_JOB and job.state is JobState.WAITING:
            row = uow.session.get(CaseFile, job.subject_id, with_for_update=True)
            if row is not None and row.digitization is Digitization.REVIEW:
                row.digitization = row.digitization_due()
        if job.name == TWINS_JOB and job.state is JobState.WAITING:
            _forget_refusals(uow.session, job)
        record_event(
            uow.session, "job:revived", subject_id=job.id, actor=actor, data={"name": job.name}
        )
        uow.commit()
        return job_document(job)


def _forget_refusals(session: Session, job: Job) -> None:
    """PDFs without the twin they need are looked at once more."""
    row = session.get(CaseFile, job.subject_id, with_for_update=True)
    for document in row.documents if row is not None else ():
        for file in document.files:
            if file.twin_state == "refused":
                file.looked_at({})
    if row is not None:
        row.digitization = row.digitization_due()


@dataclass(frozen=True, slots=True)
class JobNarrowing:
    """``text`` is a part of the code of what a job is about; empty narrows nothing."""

    state: str = ""
    name: str = ""
    text: str = ""
    oldest_first: bool = False


def find_jobs(
    services: Services,
    narrowing: JobNarrowing,
    *,
    actor: Actor,
    limit: int,
    offset: int = 0,
    lang: str = "vi",
) -> tuple[list[FoundJobDocument], int]:
    """Jobs with the code of what they are about, newest first, and how many there are."""
    access.require(actor, "job:list")
    narrowed: list[ColumnElement[bool]] = [seen_by(actor)]
    if narrowing.state:
        narrowed.append(Job.state == JobState(narrowing.state))
    if narrowing.name:
        narrowed.append(Job.name == narrowing.name)
    if narrowing.text:
        narrowed.append(has_words(narrowing.text, Submission.code))
    about = (Submission, Submission.id == Job.subject_id)
    counted = select(func.count()).select_from(Job).where(*narrowed)
    asked = select(Job.id).where(*narrowed)
    if narrowing.text:
        counted, asked = counted.outerjoin(*about), asked.outerjoin(*about)
    with services.read_only() as session:
        total = session.scalar(counted) or 0
        limit = max(0, min(limit, total - offset))
        from_end = offset > total // 2
        # What lies before a late page is counted off in an index, from the nearer end.
        part = asked.order_by(*_by_age(oldest_first=narrowing.oldest_first != from_end))
        part = part.limit(limit).offset(total - offset - limit if from_end else offset)
        query = (
            select(Job, Submission.code, CaseFile.id)
            .outerjoin(*about)
            .outerjoin(CaseFile, CaseFile.id == Job.subject_id)
            .where(Job.id.in_(part))
            .order_by(*_by_age(oldest_first=narrowing.oldest_first))
        )
        rows = [
            job_document(job, lang).extended(
                FoundJobDocument, code=code, is_case_file=case_file is not None
            )
            for job, code, case_file in (session.execute(query) if limit else ())
        ]
        return rows, total


def _by_age(*, oldest_first: bool) -> list[ColumnElement[Any]]:
    columns = (Job.created_at, Job.id)
    return [column.asc() if oldest_first else column.desc() for column in columns]


def count_jobs(services: Services, *, actor: Actor) -> dict[str, int]:
    """How many jobs are in each state."""
    access.require(actor, "job:list")
    with services.read_only() as session:
        counted = select(Job.state, func.count()).where(seen_by(actor)).group_by(Job.state)
        rows = session.execute(counted).all()
    found = {row[0]: row[1] for row in rows}
    return {state.value: found.get(state, 0) for state in JobState}


def queues(services: Services, *, actor: Actor) -> list[QueueDocument]:
    """Each kind of job that is not all done, by its name."""
    access.require(actor, "job:list")

    def counted(*states: JobState) -> ColumnElement[int]:
        return func.count(case((Job.state.in_(states), 1)))

    query = (
        select(
            Job.name,
            counted(JobState.WAITING),
            counted(JobState.RUNNING),
            counted(JobState.DEAD, JobState.FAILED),
            func.min(case((Job.state.in_(_OPEN), Job.created_at))),
        )
        .where(Job.state.in_(UNFINISHED), seen_by(actor))
        .group_by(Job.name)
        .order_by(Job.name)
    )
    with services.read_only() as session:
        rows = session.execute(query).all()
    return [
        QueueDocument(
            name=row[0],
            waiting=row[1],
            running=row[2],
            dead=row[3],
            oldest_s=None
            if row[4] is None
            else (clock.now() - clock.of_database(row[4])).total_seconds(),
        )
        for row in rows
    ]


def error_in_words(job: Job, lang: str) -> dict[str, str] | None:
    """The last failure of a job that is not done, or ``None``."""
    if not job.error:
        return None
    message = messages.error(str(job.error["code"]), lang, job.error["facts"])
    return {"code": job.error["code"], "message": message.message, "remedy": message.remedy}


def job_document(job: Job, lang: str = "vi") -> JobDocument:
    """A job; ``error`` is in words."""
    return JobDocument.of_row(
        job,
        subject=job.subject_id,
        progress=round(job.progress, 3),
        error=error_in_words(job, lang),
    )
