"""Sự cố: one of them, with what people wrote of it and what has to be reported in time."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from pydantic import ValidationError

from archive_service import access
from archive_service.given import Given
from archive_service.notices.incidents import incident_title
from archive_service.notices.subjects import subjects_of
from archive_service.oversight.reporting.acts import (
    ENDED_BY_HAND,
    drop_report,
    end_incident,
    fill_report,
    incident_in,
    mark_incident,
    note_incident,
    send_report,
    show_incident,
    tell_of_incident,
)
from archive_service.oversight.reporting.documents import IncidentDocument
from archive_service.oversight.reporting.given import (
    IncidentMarked,
    IncidentNoted,
    IncidentTold,
    ReportDropped,
    ReportFilled,
    ReportSent,
    ReportSigner,
)
from archive_service.oversight.reporting.rules import MARK, REPORT, load_duties
from archive_service.oversight.reporting.seen import seen_words, what_to_do
from archive_service.oversight.reporting.signing import (
    ask_report_signature,
    report_paper,
    signers,
)
from archive_service.request import current_actor, services
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import FormFieldError
from archive_service.web.toasts import tell

bp = Blueprint(
    "incident_reports", __name__, template_folder="templates", url_prefix="/system/incidents"
)
_REPORT = "/<uuid:incident_id>/reports/<kind>"
_G = TypeVar("_G", bound=Given)


@bp.post("")
def tell_of() -> Response:
    """Tell of a trouble that no machine saw."""
    access.require(current_actor(), MARK)
    given = _given(IncidentTold, summary=_form("summary"))
    made = tell_of_incident(services(), given, actor=current_actor())
    tell(t("pages.incident.told"))
    return _to(made.id)


@bp.get("/<uuid:incident_id>")
def show(incident_id: UUID) -> str:
    """One incident."""
    actor, archive = current_actor(), services()
    incident = show_incident(archive, incident_id, actor=actor)
    with archive.read_only() as session:
        row = incident_in(session, incident_id, actor)
        about = subjects_of(session, [row])[row.id].words(language())
        signing = signers(session) if incident.reports else []
    marked = {report.kind for report in incident.reports}
    return render_template(
        "reporting/incident.html",
        here_key="system",
        tab="incidents",
        lead="" if incident.closed_at else what_to_do(incident.kind, incident.facts, language()),
        one=incident,
        words=incident_title(incident.kind, incident.facts, language()),
        about=about,
        seen=seen_words(incident.kind, incident.facts, language()),
        duties=[
            duty for duty in load_duties(archive.settings.home).values() if duty.kind not in marked
        ],
        signers=signing,
        by_hand=incident.kind in ENDED_BY_HAND and incident.closed_at is None,
        may_take=access.may(actor, "incident:take"),
        may_mark=access.may(actor, MARK),
        may_report=access.may(actor, REPORT),
        may_ask=access.may(actor, "signing:request"),
    )


@bp.post("/<uuid:incident_id>/note")
def note(incident_id: UUID) -> Response:
    """Write down what was found or done."""
    return _done(
        incident_id,
        lambda: note_incident(
            services(),
            incident_id,
            _given(IncidentNoted, text=_form("text")),
            actor=current_actor(),
        ),
        "noted",
        "incident:take",
    )


@bp.post("/<uuid:incident_id>/end")
def end(incident_id: UUID) -> Response:
    """Close what a person told."""
    return _done(
        incident_id,
        lambda: end_incident(
            services(),
            incident_id,
            _given(IncidentNoted, text=_form("text")),
            actor=current_actor(),
        ),
        "ended",
        MARK,
    )


@bp.post("/<uuid:incident_id>/mark")
def mark(incident_id: UUID) -> Response:
    """Mark it as one that the law wants told."""
    return _done(
        incident_id,
        lambda: mark_incident(
            services(),
            incident_id,
            _given(IncidentMarked, kind=_form("kind"), known_at=_form("known_at")),
            actor=current_actor(),
        ),
        "marked",
        MARK,
    )


@bp.get(f"{_REPORT}/paper")
def paper(incident_id: UUID, kind: str) -> Response:
    """The report as PDF/A."""
    name, data = report_paper(services(), incident_id, kind, actor=current_actor())
    return file_answer(data, name, "application/pdf")


@bp.post(f"{_REPORT}/fields")
def fill(incident_id: UUID, kind: str) -> Response:
    """Keep what was written into the form, where it is other than what is known."""
    return _done(incident_id, lambda: _filled(incident_id, kind), "filled", MARK)


@bp.post(f"{_REPORT}/signature")
def sign(incident_id: UUID, kind: str) -> Response:
    """Give it out to be signed."""
    return _done(
        incident_id,
        lambda: ask_report_signature(
            services(),
            incident_id,
            kind,
            _given(ReportSigner, account=_form("account")),
            actor=current_actor(),
        ),
        "signature_asked",
        MARK,
    )


@bp.post(f"{_REPORT}/sent")
def sent(incident_id: UUID, kind: str) -> Response:
    """Record to whom it went."""
    return _done(
        incident_id,
        lambda: send_report(
            services(),
            incident_id,
            kind,
            _given(ReportSent, to=_form("to"), at=_form("at")),
            actor=current_actor(),
        ),
        "sent_told",
        REPORT,
    )


@bp.post(f"{_REPORT}/drop")
def drop(incident_id: UUID, kind: str) -> Response:
    """Say why nothing has to be told."""
    return _done(
        incident_id,
        lambda: drop_report(
            services(),
            incident_id,
            kind,
            _given(ReportDropped, reason=_form("reason")),
            actor=current_actor(),
        ),
        "dropped",
        REPORT,
    )


def _filled(incident_id: UUID, kind: str) -> IncidentDocument:
    shown = show_incident(services(), incident_id, actor=current_actor())
    fields = next((report.fields for report in shown.reports if report.kind == kind), [])
    typed = {
        field.name: text
        for field in fields
        if (text := "\n".join(_form(field.name).splitlines()).strip()) != field.text
    }
    return fill_report(
        services(), incident_id, kind, _given(ReportFilled, fields=typed), actor=current_actor()
    )


def _done(incident_id: UUID, act: Callable[[], object], text: str, right: str) -> Response:
    access.require(current_actor(), right)  # before anything is said of the form
    act()
    tell(t(f"pages.incident.{text}"))
    return _to(incident_id)


def _given(model: type[_G], **values: object) -> _G:
    """``FormFieldError`` names the first field that is empty or too long."""
    try:
        return model(**values)
    except ValidationError as wrong:
        *within, at = map(str, wrong.errors()[0]["loc"])
        name = t(f"labels.incident-field.{at}" if within else f"pages.incident.{at}")
        raise FormFieldError(field=name, at=at) from None


def _form(name: str) -> str:
    return request.form.get(name, "")


def _to(incident_id: UUID) -> Response:
    return make_response(redirect(url_for(".show", incident_id=incident_id), code=303))
