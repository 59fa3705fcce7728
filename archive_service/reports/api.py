"""Statistics of a period, reports kept, registers of a year."""

from http import HTTPMethod
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from archive_service.api.offered import offer
from archive_service.api.paging import PartQuery, next_cursor, offset_of
from archive_service.api.streaming import send_bytes
from archive_service.given import Given
from archive_service.reports import acts as reports
from archive_service.reports.documents import FiguresDocument, ReportList
from archive_service.request import current_actor, services

bp = APIBlueprint("api_reports", __name__, tag="reports", url_prefix="/reports")


class FiguresQuery(Given):
    """``period``: 2026, 2026-H1, 2026-Q3, 2026-11 or 2026-01-01..2026-03-15."""

    period: str
    agency: str = ""


@bp.get("/figures")
@bp.input(FiguresQuery, location="query")
@bp.output(FiguresDocument)
def figures(query_data: FiguresQuery) -> FiguresDocument:
    """The figures of a period as they are now."""
    return reports.figures_of(
        services(), query_data.period, actor=current_actor(), agency=query_data.agency
    )


@bp.get("")
@bp.input(PartQuery, location="query")
@bp.output(ReportList)
def list_all(query_data: PartQuery) -> ReportList:
    """Reports that were made."""
    offset = offset_of(query_data.cursor)
    found, total = reports.list_reports(
        services(), actor=current_actor(), limit=query_data.limit, offset=offset
    )
    cursor = next_cursor(offset + len(found), total)
    return ReportList(reports=found, total=total, cursor=cursor)


offer(bp, "", reports.make_report, creates=True)
offer(bp, "/<uuid:report_id>", reports.open_report, method=HTTPMethod.GET)


@bp.get("/<uuid:report_id>/paper")
def paper(report_id: UUID) -> Response:
    """The report as PDF/A."""
    name, data = reports.write_report(services(), report_id, "pdf", actor=current_actor())
    return send_bytes(data, name=name, media_type="application/pdf")
