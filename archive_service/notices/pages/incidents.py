"""Sự cố: what is in trouble, since when, and who sees to it."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.people.incident import Incident
from archive_service.notices.documents import IncidentListed
from archive_service.notices.incidents import (
    incident_title,
    list_incidents,
    take_incident,
)
from archive_service.notices.subjects import Subject, subjects_named, subjects_of
from archive_service.oversight.reporting.documents import RunningDocument
from archive_service.oversight.reporting.overdue import OVERDUE
from archive_service.oversight.reporting.seen import seen_words, what_to_do
from archive_service.oversight.reporting.showing import running_reports
from archive_service.request import current_actor, services
from archive_service.web.language import language
from archive_service.web.layout import known, t
from archive_service.web.toasts import tell

bp = Blueprint(
    "incidents", __name__, template_folder="../templates", url_prefix="/system/incidents"
)


@bp.get("")
def show() -> str:
    """Open ones first, then the newest that are over."""
    actor = current_actor()
    with services().read_only() as session:
        rows = shown_incidents(session, list_incidents(session, actor=actor))
        past = shown_incidents(session, list_incidents(session, actor=actor, closed=True))
        running = shown_reports(session, running_reports(session, actor=actor))
    return render_template(
        "notices/incidents.html",
        here_key="system",
        tab="incidents",
        lead=t("pages.incidents.lead"),
        open=rows,
        closed=past,
        running=running,
        may_mark=access.may(actor, "incident:mark"),
        may_take=access.may(actor, "incident:take"),
        may_know=access.may(actor, "audit:acknowledge"),
    )


@bp.post("/<uuid:incident_id>/take")
def take(incident_id: UUID) -> Response:
    """Whoever asks sees to it from now on."""
    with services().writing() as session:
        row = take_incident(session, incident_id, actor=current_actor())
        title = incident_title(row.kind, row.facts, language())
    tell(t("pages.incidents.taken", incident=title))
    return make_response(redirect(url_for(".show"), code=303))


class ShownReport(RunningDocument):
    """A report whose clock runs, with the words of its incident and what that is about."""

    words: str
    about: str


class ShownIncident(IncidentListed):
    """An incident with its words, what it is about, and what to do."""

    words: str
    about: str
    href: str
    sides: str
    is_difference: bool
    what_to_do: str


def shown_reports(session: Session, reports: Sequence[RunningDocument]) -> list[ShownReport]:
    """Reports as the pages show them."""
    subjects = subjects_named(session, {report.subject for report in reports})
    return [
        report.extended(
            ShownReport,
            words=incident_title(report.kind, report.facts, language()),
            about=subjects[report.subject].words(language()),
        )
        for report in reports
    ]


def shown_incidents(session: Session, rows: Sequence[Incident]) -> list[ShownIncident]:
    """Incidents as the pages show them."""
    subjects = subjects_of(session, rows)
    return [_shown(row, subjects[row.id]) for row in rows]


def _shown(row: Incident, subject: Subject) -> ShownIncident:
    return IncidentListed.of(row).extended(
        ShownIncident,
        words=incident_title(row.kind, row.facts, language()),
        about=subject.words(language()),
        href=_href(subject) or _list_href(row),
        sides=seen_words(row.kind, row.facts, language()),
        is_difference=known(f"labels.incident-sides.{row.kind}"),
        what_to_do=what_to_do(row.kind, row.facts, language()),
    )


def _href(subject: Subject) -> str:
    """Where it is seen, if the account may see it."""
    actor = current_actor()
    if subject.case_file and access.may(actor, "case-file:list"):
        anchor = "copies" if subject.copy else None
        return url_for(
            "case_files.show", code=subject.case_file, document=subject.ordinal, _anchor=anchor
        )
    if subject.submission_id and access.may(actor, "submission:read"):
        return url_for("submissions.show", submission_id=subject.submission_id)
    return ""


def _list_href(row: Incident) -> str:
    """The certificate of the list that the incident is about, if the account may see it.

    Of a report that is overdue the incident that it tells of.
    """
    if (told_of := row.facts.get("incident")) and row.kind in OVERDUE.values():
        return url_for("incident_reports.show", incident_id=told_of)
    disposition_id = row.facts.get("disposition", "")
    if disposition_id and access.may(current_actor(), "disposition:list"):
        return url_for("disposition_papers.certificate", disposition_id=disposition_id)
    return ""
