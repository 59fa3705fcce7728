"""Tác vụ nền: what runs, waits, and waits for a person."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from archive_service import access, messages
from archive_service.background_jobs.documents import FoundJobDocument, JobErrorDocument
from archive_service.background_jobs.view import JobNarrowing, count_jobs, find_jobs, retry_job
from archive_service.domain.keeping.job import JobState
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell

bp = Blueprint("jobs", __name__, template_folder="templates")


@bp.get("/jobs")
def show_list() -> str:
    """Jobs, newest first; the page asks for itself again while it is looked at."""
    actor = current_actor()
    given = lists.asked("-since", ("since",))
    state = lists.choice("state", [job.value for job in JobState])
    names = messages.labels("jobs", language())
    name = lists.choice("name", tuple(names))
    rows, total = find_jobs(
        services(),
        JobNarrowing(state, name, given.text, oldest_first=given.sort == "since"),
        actor=actor,
        limit=lists.PAGE_ROWS,
        offset=given.offset,
        lang=language(),
    )
    choices: list[dict[str, Any]] = [
        {
            "name": "state",
            "label": t("columns.state"),
            "options": lists.options(
                "pages.jobs.any_state",
                [(job.value, t(f"badges.job.{job.value}")) for job in JobState],
            ),
            "value": state,
        },
        {
            "name": "name",
            "label": t("columns.job"),
            "options": lists.options("pages.jobs.any_job", names.items()),
            "value": name,
        },
    ]
    return render_template(
        "background_jobs/jobs.html",
        here_key="jobs",
        figures=count_jobs(services(), actor=actor),
        tools=lists.tools(given, choices, exports=False),
        jobs=[_line(row, opens=access.may(actor, "case-file:list")) for row in rows],
        sort=given.sort,
        paging=lists.paging(given, len(rows), total),
        may={"retry": access.may(actor, "job:retry")},
    )


@bp.post("/jobs/<uuid:job_id>/retry")
def retry(job_id: UUID) -> Response:
    """Give a failed or dead job a new life."""
    job = retry_job(services(), job_id, actor=current_actor())
    name = t(f"labels.jobs.{job.name}")
    tell(t("pages.jobs.retried", name=name))
    return make_response(redirect(url_for(".show_list"), code=303))


def _line(job: FoundJobDocument, *, opens: bool) -> dict[str, Any]:
    leads = opens and job.is_case_file and job.code
    share = round(job.progress * 100)
    return {
        "id": job.id,
        "name": t(f"labels.jobs.{job.name}"),
        "subject": job.code,
        "href": url_for("case_files.show", code=job.code) if leads else "",
        "state": job.state,
        "attempts": job.attempts,
        "progress": {"value": share, "whole": 100, "words": f"{share} %"}
        if job.state == JobState.RUNNING
        else None,
        "error": _error_document(job.error),
        "since": job.created_at,
        "run_at": job.run_at,
    }


def _error_document(error: JobErrorDocument | None) -> JobErrorDocument | None:
    """The last failure, with what can be done from a page."""
    if error is None or not messages.has(f"errors.{error.code}.remedy_web"):
        return error
    remedy = messages.error(error.code, language(), web=True).remedy
    return error.model_copy(update={"remedy": remedy})
