"""The queue of digitization as people see it: what waits, runs and is done."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.background_jobs.view import DIGITIZE_JOB, error_in_words
from archive_service.db.words import has_words
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.case_files.case_file import CaseFile, Digitization
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.account import Actor
from archive_service.services import Services

_UNFINISHED = (Digitization.WAITING, Digitization.RUNNING, Digitization.REVIEW)
_FIRST = (Digitization.RUNNING, Digitization.REVIEW, Digitization.WAITING, Digitization.DONE)


def digitization_queue(
    services: Services,
    *,
    actor: Actor,
    text: str = "",
    finished: bool = False,
    limit: int,
    offset: int = 0,
    lang: str = "vi",
) -> tuple[list[dict[str, Any]], int]:
    """Case files with paper, those at work first, then what people wait for; how many there are.

    ``{code, title, agency, state, pages, progress, error, since, asked}``; ``progress`` runs from 0
    to 1; ``asked`` are the documents that somebody asked to use. With ``finished`` also those whose
    pages are all there.
    """
    access.require(actor, "digitization:list")
    wanted = (*_UNFINISHED, Digitization.DONE) if finished else _UNFINISHED
    narrowed = [
        access.visible(actor, "digitization:list", CaseFile.agency_id),
        CaseFile.digitization.in_(wanted),
        has_words(text, CaseFile.code, CaseFile.title),
    ]
    newest = (
        select(Job.subject_id, func.max(Job.created_at).label("at"))
        .where(Job.name == DIGITIZE_JOB)
        .group_by(Job.subject_id)
        .subquery()
    )
    wishes = (
        select(AccessRequest.case_file_id, func.min(AccessRequest.asked_at).label("at"))
        .where(AccessRequest.awaiting_scan())
        .group_by(AccessRequest.case_file_id)
        .subquery()
    )
    turn = case({state: place for place, state in enumerate(_FIRST)}, value=CaseFile.digitization)
    query = (
        select(CaseFile, Job)
        .outerjoin(newest, newest.c.subject_id == CaseFile.id)
        .outerjoin(
            Job,
            (Job.name == DIGITIZE_JOB)
            & (Job.subject_id == CaseFile.id)
            & (Job.created_at == newest.c.at),
        )
        .outerjoin(wishes, wishes.c.case_file_id == CaseFile.id)
        .where(*narrowed)
        .order_by(turn, wishes.c.at.is_(None), wishes.c.at, CaseFile.accepted_at, CaseFile.code)
        .limit(limit)
        .offset(offset)
    )
    with services.read_only() as session:
        total = session.scalar(select(func.count()).select_from(CaseFile).where(*narrowed)) or 0
        rows = session.execute(query).all()
        asked = _asked(session, [found.id for found, _ in rows])
        return [_row(found, job, asked.get(found.id, []), lang) for found, job in rows], total


def _asked(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[int]]:
    wanted = select(AccessRequest.case_file_id, AccessRequest.ordinal).distinct()
    found: dict[UUID, list[int]] = {}
    for case_file_id, ordinal in session.execute(
        wanted.where(AccessRequest.awaiting_scan(), AccessRequest.case_file_id.in_(ids)).order_by(
            AccessRequest.ordinal
        )
    ):
        found.setdefault(case_file_id, []).append(ordinal)
    return found


def _row(case_file: CaseFile, job: Job | None, asked: list[int], lang: str) -> dict[str, Any]:
    state = case_file.digitization
    if job is not None and job.state is JobState.RUNNING:
        state = Digitization.RUNNING
    ended = job is not None and job.state in (JobState.DEAD, JobState.FAILED)
    stopped = ended and state is not Digitization.REVIEW
    return {
        "code": case_file.code,
        "title": case_file.title,
        "agency": case_file.agency_code,
        "state": "stopped" if stopped else state.value,
        "pages": case_file.number_of_page,
        "progress": 1.0 if state is Digitization.DONE else job.progress if job else 0.0,
        "error": error_in_words(job, lang) if job is not None else None,
        "asked": asked,
        "since": clock.iso(job.created_at if job else case_file.accepted_at),
    }
