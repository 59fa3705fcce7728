"""What workers do for a transfer because somebody asked at its page: how far, and what stops it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from archive_service import messages
from archive_service.domain.keeping.job import OPEN_STATES, Job
from archive_service.domain.transfer.transfer import Transfer
from archive_service.web.language import language
from retention.transfer.jobs import BUILD_JOB, WRITE_JOB, asked_of

# Bytes of media as their makers count, for which packages may be split.
MEDIA = (4_700_000_000, 25_000_000_000, 32_000_000_000, 64_000_000_000, 128_000_000_000)


def work_of(session: Session, row: Transfer) -> dict[str, dict[str, Any] | None]:
    """``{build, write}``: WORK of each, nothing where nobody asked at a page."""
    jobs = asked_of(session, row)
    return {
        name: work_line(jobs[job]) if job in jobs else None
        for name, job in (("build", BUILD_JOB), ("write", WRITE_JOB))
    }


def work_line(job: Job) -> dict[str, Any]:
    """WORK ``{open, at, asked, problem: {message, remedy} or None}``."""
    code = job.error.get("code")
    message = code and messages.error(code, language(), _facts(job.error), web=True)
    return {
        "open": job.state in OPEN_STATES,
        "at": job.finished_at or job.created_at,
        "asked": job.checkpoint,
        "problem": {"message": message.message, "remedy": message.remedy} if message else None,
    }


def _facts(error: Mapping[str, Any]) -> Mapping[str, Any]:
    return error.get("facts") or {}
