"""Thông báo: what every page tells beforehand, and the rest of writing during maintenance."""

import datetime as dt
from uuid import UUID

from flask import Blueprint, Flask, Response, g, make_response, redirect, render_template, request
from flask.helpers import url_for

from archive_service import access, clock
from archive_service.domain.people.account import Role
from archive_service.errors import ArchiveError, InputError
from archive_service.notices.announcements.acts import (
    announce,
    list_announcements,
    require_writing,
    shown_now,
    withdraw,
)
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.layout import t
from archive_service.web.toasts import tell

bp = Blueprint(
    "announcements", __name__, template_folder="templates", url_prefix="/system/announcements"
)

_READING = {"GET", "HEAD", "OPTIONS"}
# They change nothing of what is kept, and who is in must be able to leave.
_ALWAYS = {"sign_in.enter", "session.sign_out", "session.choose_language", "audit.verify"}


class MomentError(InputError):
    """Not a day and an hour."""

    code = "moment-invalid"


def install(app: Flask) -> None:
    """Every page can ask what is announced; a request that would change something is held."""
    app.before_request(_rest)
    app.jinja_env.globals["announcements"] = lambda: shown_now(services())


def _rest() -> None:
    """Whoever does the maintenance goes on."""
    if request.method in _READING or request.endpoint in _ALWAYS:
        return
    actor = g.get("actor")
    if actor is not None and actor.role is not Role.ADMIN:
        require_writing(services())


@bp.get("")
def show() -> Response:
    """Those that stand on the pages now, and those that did."""
    return _page()


def _page(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    problem, status = refusal(refused)
    shown = render_template(
        "announcements/announcements.html",
        here_key="system",
        tab="announcements",
        lead=t("pages.announcements.lead"),
        rows=list_announcements(services(), actor=actor),
        may_announce=access.may(actor, "announcement:make"),
        given=request.form if refused else {},
        problem=problem,
    )
    return make_response(shown, status)


@bp.post("")
def add() -> Response:
    """One more announcement, from now on every page."""
    form = request.form
    try:
        announce(
            services(),
            form.get("text", ""),
            starts_at=_moment(form.get("starts_at", "")),
            ends_at=_moment(form.get("ends_at", "")) or clock.now(),
            maintenance="maintenance" in form,
            actor=current_actor(),
        )
    except InputError as refused:
        return _page(refused)
    tell(t("pages.announcements.made"))
    return make_response(redirect(url_for(".show"), code=303))


@bp.post("/<uuid:announcement_id>/withdraw")
def take_back(announcement_id: UUID) -> Response:
    """It is shown no more."""
    withdraw(services(), announcement_id, actor=current_actor())
    tell(t("pages.announcements.withdrawn"))
    return make_response(redirect(url_for(".show"), code=303))


def _moment(text: str) -> dt.datetime | None:
    """What was typed, on a Vietnamese clock; nothing where it is empty."""
    if not text.strip():
        return None
    try:
        return clock.local_moment(text)
    except ValueError:
        raise MomentError(text=text) from None
