"""Báo lỗi: from the page where it happened, and what became of it."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.domain.people.fault_report import FaultState
from archive_service.formats.picture import MEDIA_TYPE
from archive_service.notices.fault_reports.acts import (
    PAGE_LENGTH,
    SCREENSHOT_BYTES,
    TEXT_LENGTH,
    answer_fault,
    list_faults,
    own_faults,
    report_fault,
    screenshot_of,
)
from archive_service.request import Body, current_actor, services, takes
from archive_service.web.layout import t
from archive_service.web.toasts import tell

bp = Blueprint("faults", __name__, template_folder="templates")


@bp.get("/faults")
def show() -> str:
    """What the person reported, and what became of it."""
    return render_template(
        "fault_reports/own.html", rows=own_faults(services(), actor=current_actor())
    )


@bp.get("/faults/new")
def ask() -> str:
    """The form; ``from`` is the page where it happened."""
    access.require(current_actor(), "fault:report")
    return render_template(
        "fault_reports/report.html",
        page=request.args.get("from", "")[:PAGE_LENGTH],
        length=TEXT_LENGTH,
        limit_mib=SCREENSHOT_BYTES >> 20,
    )


@bp.post("/faults")
@takes(Body.LIST, "fault:report")
def report() -> Response:
    """One more report."""
    sent = request.files.get("screenshot")
    picture = sent.read(SCREENSHOT_BYTES + 1) if sent else b""
    did, page = request.form.get("did", ""), request.form.get("page", "").strip()
    report_fault(services(), did, page=page, screenshot=picture, actor=current_actor())
    tell(t("pages.faults.reported"))
    return make_response(redirect(url_for(".show"), code=303))


@bp.get("/faults/<uuid:fault_id>/screenshot")
def screenshot(fault_id: UUID) -> Response:
    """Its picture, for whoever reported it and for those who answer."""
    picture = screenshot_of(services(), fault_id, actor=current_actor())
    return Response(picture, mimetype=MEDIA_TYPE)


@bp.get("/system/faults")
def show_all() -> str:
    """What everybody reported, open ones first."""
    actor = current_actor()
    return render_template(
        "fault_reports/all.html",
        here_key="system",
        tab="faults",
        lead=t("pages.faults.lead_all"),
        rows=list_faults(services(), actor=actor),
        may_answer=access.may(actor, "fault:answer"),
    )


@bp.post("/system/faults/<uuid:fault_id>/answer")
def answer(fault_id: UUID) -> Response:
    """Say how far it is."""
    form = request.form
    known = {FaultState.LOOKING.value, FaultState.DONE.value}
    state = FaultState(form["state"]) if form.get("state") in known else FaultState.NEW
    answer_fault(
        services(), fault_id, state=state, answer=form.get("answer", ""), actor=current_actor()
    )
    tell(t("pages.faults.answered"))
    return make_response(redirect(url_for(".show_all", _anchor=f"fault-{fault_id}"), code=303))
