"""Incidents by REST: listed, taken, noted, marked and reported."""

from http import HTTPMethod
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel

from archive_service.api.offered import offer
from archive_service.api.streaming import send_bytes
from archive_service.oversight.reporting.acts import (
    drop_report,
    end_incident,
    fill_report,
    find_incidents,
    mark_incident,
    note_incident,
    send_report,
    show_incident,
    take,
    tell_of_incident,
)
from archive_service.oversight.reporting.documents import IncidentList
from archive_service.oversight.reporting.signing import ask_report_signature, report_paper
from archive_service.request import current_actor, services

bp = APIBlueprint("api_incidents", __name__, tag="incidents", url_prefix="/incidents")
_ONE, _REPORT = "/<uuid:incident_id>", "/<uuid:incident_id>/reports/<kind>"


class IncidentQuery(BaseModel):
    """Open ones, or those that are over."""

    closed: bool = False


@bp.get("")
@bp.input(IncidentQuery, location="query")
@bp.output(IncidentList)
def list_all(query_data: IncidentQuery) -> IncidentList:
    """Open incidents, the newest first; or the newest hundred that are over."""
    return find_incidents(services(), actor=current_actor(), closed=query_data.closed)


offer(bp, _ONE, show_incident, method=HTTPMethod.GET)


@bp.get(f"{_REPORT}/paper")
@bp.doc(responses={200: "The report as PDF/A: signed, or as it is filled in now"})
def paper(incident_id: UUID, kind: str) -> Response:
    """The report as PDF/A: as it came back signed, else as it is filled in now."""
    name, data = report_paper(services(), incident_id, kind, actor=current_actor())
    return send_bytes(data, name=name, media_type="application/pdf")


offer(bp, "", tell_of_incident, creates=True)
offer(bp, f"{_ONE}/take", take)
offer(bp, f"{_ONE}/notes", note_incident)
offer(bp, f"{_ONE}/end", end_incident)
offer(bp, f"{_ONE}/reports", mark_incident)
offer(bp, f"{_REPORT}/fields", fill_report)
offer(bp, f"{_REPORT}/signature", ask_report_signature)
offer(bp, f"{_REPORT}/sent", send_report)
offer(bp, f"{_REPORT}/drop", drop_report)
