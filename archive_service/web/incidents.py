"""Sự cố: what is in trouble, since when, and who sees to it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from archive_service import access
from archive_service.domain.incident import Incident
from archive_service.notices.incidents import incident_document, list_incidents, take_incident
from archive_service.request import current_actor, services
from archive_service.web.layout import known, t
from archive_service.web.toasts import tell

bp = Blueprint("incidents", __name__, url_prefix="/system/incidents")


@bp.get("")
def show() -> str:
    """Open ones first, then the newest that are over."""
    actor = current_actor()
    with services().read_only() as session:
        rows = list_incidents(session, actor=actor)
        past = list_incidents(session, actor=actor, closed=True)
    return render_template(
        "pages/system/incidents.html",
        here_key="system",
        tab="incidents",
        lead=t("pages.incidents.lead"),
        open=[told(row) for row in rows],
        closed=[told(row) for row in past],
        may_take=access.may(actor, "incident:take"),
    )


@bp.post("/<uuid:incident_id>/take")
def take(incident_id: UUID) -> Response:
    """Whoever asks sees to it from now on."""
    with services().unit_of_work() as uow:
        row = take_incident(uow.session, incident_id, actor=current_actor())
        uow.commit()
    tell(t("pages.incidents.taken", incident=told(row)["words"]))
    return make_response(redirect(url_for(".show"), code=303))


def told(row: Incident) -> dict[str, Any]:
    """An incident with its words, and what to do."""
    help_key = f"labels.incident-help.{row.kind}"
    return incident_document(row) | {
        "words": t(f"labels.incident.{row.kind}"),
        "what_to_do": t(help_key) if known(help_key) else "",
    }
