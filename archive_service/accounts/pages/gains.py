"""Quyền chờ xác nhận: what somebody is to gain, for the second person who confirms it."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.accounts.gains import rules
from archive_service.accounts.gains.acts import (
    Confirmation,
    confirm_gain,
    list_gains,
    refuse_gain,
)
from archive_service.accounts.pages.bounded import bounded
from archive_service.accounts.second_factor import has_second_factor
from archive_service.errors import ArchiveError, ConflictError, NotAllowedError
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.layout import t
from archive_service.web.toasts import tell

bp = Blueprint("gains", __name__, template_folder="../templates", url_prefix=rules.WAITING_PAGE)
_NOT_DONE = (NotAllowedError, ConflictError)


@bp.get("")
def show() -> Response:
    """What waits, and what was decided or given without a second person."""
    return _page()


def _page(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    rows = list_gains(services(), actor=actor).gains
    with services().read_only() as session:
        asks_code = has_second_factor(session, actor)
    problem, status = refusal(refused)
    shown = render_template(
        "accounts/gains.html",
        here_key="account",
        waiting=[row for row in rows if row.is_open],
        decided=[row for row in rows if not row.is_open],
        confirms=access.may(actor, rules.CONFIRM),
        asks_code=asks_code,
        problem=problem,
    )
    return make_response(shown, status)


@bp.post("/<uuid:gain_id>/confirm")
@bounded
def confirm(gain_id: UUID) -> Response:
    """The second person knows of it: what was gained counts from now on."""
    given = Confirmation(otp=request.form.get("otp", ""))
    try:
        done = confirm_gain(services(), gain_id, given, actor=current_actor())
    except _NOT_DONE as refused:
        return _page(refused)
    tell(t("pages.gains.confirmed", name=done.account))
    return make_response(redirect(url_for(".show"), code=303))


@bp.post("/<uuid:gain_id>/refuse")
def refuse(gain_id: UUID) -> Response:
    """Nothing is gained: refused by the second person, or taken back by who asked."""
    try:
        done = refuse_gain(services(), gain_id, actor=current_actor())
    except _NOT_DONE as refused:
        return _page(refused)
    tell(t("pages.gains.refused", name=done.account))
    return make_response(redirect(url_for(".show"), code=303))
