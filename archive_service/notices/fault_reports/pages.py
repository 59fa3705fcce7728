"""Báo lỗi: from the page where it happened, and what became of it."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.domain.people.fault_report import FaultState
from archive_service.errors import ArchiveError, ConflictError, InputError
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
from archive_service.web.errors import shown as refusal
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
def ask() -> Response:
    """The form; ``from`` is the page where it happened."""
    access.require(current_actor(), "fault:report")
    return _form({"page": request.args.get("from", "")[:PAGE_LENGTH]})


@bp.post("/faults")
@takes(Body.LIST, "fault:report")
def report() -> Response:
    """One more report."""
    sent = request.files.get("screenshot")
    picture = sent.read(SCREENSHOT_BYTES + 1) if sent else b""
    did, page = request.form.get("did", ""), request.form.get("page", "").strip()
    try:
        report_fault(services(), did, page=page, screenshot=picture, actor=current_actor())
    except (InputError, ConflictError) as refused:
        return _form({"page": page, "did": did}, refused)
    tell(t("pages.faults.reported"))
    return make_response(redirect(url_for(".show"), code=303))


@bp.get("/faults/<uuid:fault_id>/screenshot")
def screenshot(fault_id: UUID) -> Response:
    """Its picture, for whoever reported it and for those who answer."""
    picture = screenshot_of(services(), fault_id, actor=current_actor())
    return Response(picture, mimetype=MEDIA_TYPE)


@bp.get("/system/faults")
def show_all() -> Response:
    """What everybody reported, open ones first."""
    return _list()


@bp.post("/system/faults/<uuid:fault_id>/answer")
def answer(fault_id: UUID) -> Response:
    """Say how far it is."""
    form = request.form
    known = {FaultState.LOOKING.value, FaultState.DONE.value}
    state = FaultState(form["state"]) if form.get("state") in known else FaultState.NEW
    try:
        answer_fault(
            services(), fault_id, state=state, answer=form.get("answer", ""), actor=current_actor()
        )
    except (InputError, ConflictError) as refused:
        return _list(refused, str(fault_id))
    tell(t("pages.faults.answered"))
    return make_response(redirect(url_for(".show_all", _anchor=f"fault-{fault_id}"), code=303))


def _form(given: dict[str, str], refused: ArchiveError | None = None) -> Response:
    problem, status = refusal(refused)
    shown = render_template(
        "fault_reports/report.html",
        given=given,
        problem=problem,
        length=TEXT_LENGTH,
        limit_mib=SCREENSHOT_BYTES >> 20,
    )
    return make_response(shown, status)


def _list(refused: ArchiveError | None = None, at: str = "") -> Response:
    actor = current_actor()
    problem, status = refusal(refused)
    shown = render_template(
        "fault_reports/all.html",
        here_key="system",
        tab="faults",
        lead=t("pages.faults.lead_all"),
        rows=list_faults(services(), actor=actor),
        may_answer=access.may(actor, "fault:answer"),
        given=request.form if refused else {},
        problem=problem,
        wrong=at,
    )
    return make_response(shown, status)
