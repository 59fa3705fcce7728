"""Báo cáo, thống kê và sổ: figures of a period with charts, registers of a year."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access, clock
from archive_service.reports import acts as reports_acts
from archive_service.reports import register_acts
from archive_service.reports.given import ReportIn
from archive_service.reports.period import parse_period
from archive_service.reports.report_paper import sections_of
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import given_in_form
from archive_service.web.toasts import tell
from ingest.file_plan.acts import agencies_for

bp = Blueprint("reports", __name__, template_folder="templates")

_MOST_BARS = 12


@bp.get("/reports")
def show_list() -> str:
    """The figures of this year as they are now, and the reports that were made."""
    actor = current_actor()
    given = lists.asked()
    period = _asked_period()
    agency = request.args.get("agency", "").strip()
    now = reports_acts.figures_of(services(), period, actor=actor, agency=agency)
    found, total = reports_acts.list_reports(
        services(), actor=actor, limit=lists.PAGE_ROWS, offset=given.offset
    )
    return render_template(
        "reports/reports.html",
        here_key="reports",
        period=period,
        first=now.first,
        last=now.last,
        agency=agency,
        agencies=agencies_for(services(), actor=actor),
        periods=_periods(),
        title=reports_acts.title_of(now, language()),
        sections=sections_of(now.figures, language()),
        charts=_charts(now.figures),
        reports=[
            dict(entry) | {"title": reports_acts.title_of(entry, language())} for entry in found
        ],
        total=total,
        paging=lists.paging(given, len(found), total),
        may_make=access.may(actor, "report:make"),
        may_registers=access.may(actor, "register:read"),
    )


@bp.post("/reports")
def make() -> Response:
    """Keep the figures of a period as they are now."""
    actor = current_actor()
    access.require(actor, "report:make")
    made = reports_acts.make_report(
        services(), given_in_form(ReportIn, labels="pages.reviews"), actor=actor
    )
    tell(t("pages.reports.made"))
    return make_response(redirect(url_for(".show", report_id=made.id), code=303))


@bp.get("/reports/<uuid:report_id>")
def show(report_id: UUID) -> str:
    """A report as it was made, with its words."""
    actor = current_actor()
    found = reports_acts.open_report(services(), report_id, actor=actor)
    return render_template(
        "reports/report.html",
        here_key="reports",
        report=dict(found) | {"title": reports_acts.title_of(found, language())},
        sections=sections_of(found.figures or {}, language()),
        charts=_charts(found.figures or {}),
        may_make=access.may(actor, "report:make"),
    )


@bp.post("/reports/<uuid:report_id>/words")
def put_words(report_id: UUID) -> Response:
    """Difficulties and proposals."""
    form = request.form
    reports_acts.put_words(
        services(),
        report_id,
        difficulties=form.get("difficulties", ""),
        proposals=form.get("proposals", ""),
        actor=current_actor(),
    )
    tell(t("pages.reports.worded"))
    return make_response(redirect(url_for(".show", report_id=report_id), code=303))


@bp.get("/reports/<uuid:report_id>/paper.<any(pdf, xlsx):form>")
def paper(report_id: UUID, form: str) -> Response:
    """The report as PDF/A or XLSX."""
    name, data = reports_acts.write_report(services(), report_id, form, actor=current_actor())
    return _file(name, data, form)


@bp.get("/registers")
def show_registers() -> str:
    """Each register with the years that were closed."""
    actor = current_actor()
    return render_template(
        "reports/registers.html",
        here_key="registers",
        registers=register_acts.list_registers(services(), actor=actor),
        years=register_acts.register_years(services(), actor=actor),
    )


@bp.get("/registers/<name>/<int:year>")
def show_register(name: str, year: int) -> str:
    """One register of one year."""
    actor = current_actor()
    given = lists.asked()
    found = register_acts.register_rows(
        services(), name, year, actor=actor, limit=lists.PAGE_ROWS, offset=given.offset
    )
    return render_template(
        "reports/register.html",
        here_key="registers",
        name=name,
        year=year,
        found=found,
        paging=lists.paging(given, len(found["rows"]), found["total"]),
        may_close=access.may(actor, "register:close") and year < clock.today().year,
    )


@bp.post("/registers/<name>/<int:year>/close")
def close_register(name: str, year: int) -> Response:
    """Close the register of a year that is over."""
    register_acts.close_register(services(), name, year, actor=current_actor())
    tell(t("pages.registers.closed", year=year))
    return make_response(redirect(url_for(".show_register", name=name, year=year), code=303))


@bp.get("/registers/<name>/<int:year>/paper.<any(pdf, docx, xlsx):form>")
def register_paper(name: str, year: int, form: str) -> Response:
    """The signed paper of a closed register; or its rows as DOCX or XLSX."""
    register, data = register_acts.write_register(
        services(), name, year, form, actor=current_actor()
    )
    return _file(register, data, form)


def _file(name: str, data: bytes, form: str) -> Response:
    return file_answer(data, name, register_acts.MEDIA_TYPES[form])


def _asked_period() -> str:
    """The period by its name, or from one day to another; else this year."""
    first, last = (_day_as_iso(request.args.get(name, "")) for name in ("first", "last"))
    days = f"{first or last}..{last or first}" if first or last else ""
    return days or request.args.get("period", "").strip() or str(clock.today().year)


def _day_as_iso(typed: str) -> str:
    """As periods are named; what is no day stays, and is refused by its words."""
    try:
        return clock.day_of(typed).isoformat()
    except ValueError:
        return typed.strip()


def _periods() -> list[tuple[str, str]]:
    """Of this year and the last, by name and words: what has begun."""
    year = clock.today().year
    named = [(f"{year}-Q{n}", t("pages.reports.quarter", n=n, year=year)) for n in range(1, 5)]
    named += [(f"{year}-H{n}", t("pages.reports.half", n=n, year=year)) for n in (1, 2)]
    named += [(str(number), t("pages.reports.year", year=number)) for number in (year, year - 1)]
    return [period for period in named if parse_period(period[0]).first <= clock.today()]


def _charts(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """What came and was accepted month by month, and the reasons of most returns, as bars."""
    received_accepted = t("reports.words.received"), t("reports.words.accepted")
    charts = [
        _chart(
            "months",
            received_accepted,
            [
                (month["label"], (month["received"], month["accepted"]))
                for month in figures["months"]
            ],
        ),
        _chart(
            "reasons",
            (),
            [(reason["label"], (reason["count"],)) for reason in figures["reasons"][:_MOST_BARS]],
        ),
    ]
    return [chart for chart in charts if chart["longest"]]


def _chart(
    key: str, names: Sequence[str], bars: Sequence[tuple[str, Sequence[int]]]
) -> dict[str, Any]:
    """As the template takes it; ``longest`` is the value of its longest bar."""
    return {
        "title": t(f"reports.words.{key}"),
        "names": names,
        "bars": [{"label": label, "values": values} for label, values in bars],
        "longest": max((max(values) for _, values in bars), default=0),
    }
