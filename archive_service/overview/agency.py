"""Cơ quan: one agency, its identifiers and bodies, and what becomes of it."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.catalogue.agencies import changes
from archive_service.catalogue.agencies.documents import AgencyRecord
from archive_service.catalogue.agencies.given import Ending, Moving, Renaming
from archive_service.catalogue.agencies.listing import served_agencies
from archive_service.errors import ArchiveError
from archive_service.given import Given
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.layout import t
from archive_service.web.refusals import day_in_form
from archive_service.web.toasts import tell

bp = Blueprint("agency", __name__, template_folder="templates", url_prefix="/system/agencies")

_ACTS: dict[str, tuple[Callable[..., AgencyRecord], Callable[..., Given]]] = {
    "rename": (changes.rename_agency, Renaming),
    "move": (changes.move_agency, Moving),
    "end": (changes.end_agency, Ending),
}


@bp.get("/<code>")
def show(code: str) -> Response:
    """One agency; the address may name the act whose question is open."""
    return _page(code, request.args.get("act", ""))


@bp.post("/<code>/rename")
def rename(code: str) -> Response:
    """Another name from a day on."""
    return _changed(code, "rename", name=request.form.get("name", ""))


@bp.post("/<code>/move")
def move(code: str) -> Response:
    """Another superior body from a day on."""
    return _changed(code, "move", superior=request.form.get("superior", ""))


@bp.post("/<code>/end")
def end(code: str) -> Response:
    """Its last day."""
    successors = [value for value in request.form.getlist("successor") if value.strip()]
    return _changed(code, "end", successors=successors)


def _changed(code: str, act: str, **wanted: Any) -> Response:
    try:
        on = day_in_form("on", t("pages.agency.on"))
        change, kind = _ACTS[act]
        given = kind(on=on, reason=request.form.get("reason", ""), **wanted)
        record = change(services(), code, given, actor=current_actor())
    except ArchiveError as refused:
        return _page(code, act, refused)
    tell(t(f"pages.agency.{act}_done", name=record.name))
    return make_response(redirect(url_for(".show", code=record.code), code=303))


def _page(code: str, act: str, refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    access.require(actor, "agency:change")
    record = changes.show_agency(services(), code, actor=actor)
    with services().read_only() as session:
        others = [
            served_agency
            for served_agency in served_agencies(session)
            if served_agency[0] != record.code
        ]
    problem, status = refusal(refused)
    shown = render_template(
        "overview/agency.html",
        here_key="agencies",
        tab="agencies",
        title=record.name,
        agency=record,
        others=[("", ""), *((code, f"{code} {name}") for code, name in others)],
        act=act if act in _ACTS and record.ended_on is None else "",
        given=request.form if refused else {},
        problem=problem,
    )
    return make_response(shown, status)
