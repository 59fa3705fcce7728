"""Statistics of a period, reports kept, registers of a year."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.paging import PartQuery, next_cursor, offset_of
from archive_service.api.streaming import send_bytes
from archive_service.given import Given
from archive_service.reports import acts as reports
from archive_service.request import current_actor, services

bp = APIBlueprint("api_reports", __name__, tag="reports", url_prefix="/reports")


class FiguresQuery(Given):
    """``period``: 2026, 2026-H1, 2026-Q3, 2026-11 or 2026-01-01..2026-03-15."""

    period: str
    agency: str = ""


class ReportIn(Given):
    """A period, of one agency where it is named by its identifier."""

    period: str = Field(max_length=60)
    agency: str = Field("", max_length=35)


class FiguresDocument(BaseModel):
    """Figures as they are now; provisional where the period is not over."""

    first: str
    last: str
    as_of: str
    provisional: bool
    agency: str | None
    agency_name: str | None
    figures: dict[str, Any]


class ReportDocument(BaseModel):
    """A report as it was made; ``figures`` only where one is asked for.

    Provisional is what was made before the end of its period.
    """

    id: str
    number: str  # "" of what was made before reports had one
    agency_id: str | None
    agency: str | None  # as it was called when the report was made
    agency_name: str | None
    first: str
    last: str
    made_at: str
    made_by: str
    provisional: bool
    difficulties: str
    proposals: str
    figures: dict[str, Any] | None = None


class ReportList(BaseModel):
    """Reports, the newest first."""

    reports: list[ReportDocument]
    total: int
    cursor: str | None = None


@bp.get("/figures")
@bp.input(FiguresQuery, location="query")
@bp.output(FiguresDocument)
def figures(query_data: FiguresQuery) -> dict[str, Any]:
    """The figures of a period as they are now."""
    return reports.figures_of(
        services(), query_data.period, actor=current_actor(), agency=query_data.agency
    )


@bp.get("")
@bp.input(PartQuery, location="query")
@bp.output(ReportList)
def list_all(query_data: PartQuery) -> dict[str, Any]:
    """Reports that were made."""
    offset = offset_of(query_data.cursor)
    found, total = reports.list_reports(
        services(), actor=current_actor(), limit=query_data.limit, offset=offset
    )
    return {"reports": found, "total": total, "cursor": next_cursor(offset + len(found), total)}


@bp.post("")
@bp.input(ReportIn)
@bp.output(ReportDocument, status_code=201)
def make(json_data: ReportIn) -> Answer:
    """Keep the figures of a period as they are now."""

    def create() -> dict[str, Any]:
        return reports.make_report(
            services(), json_data.period, actor=current_actor(), agency=json_data.agency
        )

    return answer_once(json_data.model_dump_json(), create)


@bp.get("/<uuid:report_id>")
@bp.output(ReportDocument)
def show(report_id: UUID) -> dict[str, Any]:
    """One report with its figures."""
    return reports.open_report(services(), report_id, actor=current_actor())


@bp.get("/<uuid:report_id>/paper")
def paper(report_id: UUID) -> Response:
    """The report as PDF/A."""
    name, data = reports.write_report(services(), report_id, "pdf", actor=current_actor())
    return send_bytes(data, name=name, media_type="application/pdf")
