"""Quyền đọc được cấp: what readers may read without asking, given and ended."""

import enum
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.accounts.gains.granting import PAGE
from archive_service.catalogue.grants.acts import (
    LONGEST_DAYS,
    end_grant,
    give_grant,
    list_grants,
)
from archive_service.catalogue.grants.documents import Granting
from archive_service.domain.people.account import LONGEST_REASON
from archive_service.domain.people.reading_grant import GrantScope, Level
from archive_service.errors import ArchiveError, ConflictError, InputError, NotFoundError
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.layout import t
from archive_service.web.refusals import FormFieldError, day_in_form
from archive_service.web.toasts import tell

bp = Blueprint("grants", __name__, template_folder="templates", url_prefix=PAGE)
_LEVELS = (Level.INTERNAL, Level.RESTRICTED, Level.SECRET)  # public is open as it is
_E = TypeVar("_E", bound=enum.StrEnum)


@bp.get("")
def show_list() -> Response:
    """What is granted, and a form to grant more; a reader sees their own."""
    return _page()


def _page(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    problem, status = refusal(refused)
    shown = render_template(
        "grants/grants.html",
        here_key="grants",
        found=list_grants(services(), actor=actor),
        gives=access.may(actor, "grant:give"),
        scopes=[(one.value, t(f"labels.grant-scopes.{one.value}")) for one in GrantScope],
        levels=[(one.value, t(f"labels.levels.{one.value}")) for one in _LEVELS],
        given=request.values,
        longest={"days": LONGEST_DAYS, "reason": LONGEST_REASON},
        problem=problem,
    )
    return make_response(shown, status)


@bp.post("")
def give() -> Response:
    """Grant it; it waits for a second person."""
    actor, form = current_actor(), request.form
    access.require(actor, "grant:give")
    try:
        given = Granting(
            account=form.get("account", ""),
            scope=_chosen("scope", GrantScope),
            code=form.get("code", ""),
            part=form.get("part", ""),
            level=_chosen("level", Level),
            first_day=day_in_form("first_day", t("pages.grants.first_day")),
            last_day=day_in_form("last_day", t("pages.grants.last_day")),
            reason=form.get("reason", ""),
        )
        done = give_grant(services(), given, actor=actor)
    except (InputError, ConflictError, NotFoundError) as refused:
        return _page(refused)
    tell(t(f"pages.grants.given_{done.state.value}", person=done.person))
    return _back()


def _chosen(at: str, values: type[_E]) -> _E:
    try:
        return values(request.form.get(at, ""))
    except ValueError:
        raise FormFieldError(field=t(f"pages.grants.{at}"), at=at) from None


@bp.post("/<uuid:grant_id>/end")
def end(grant_id: UUID) -> Response:
    """It ends at once."""
    try:
        end_grant(services(), grant_id, actor=current_actor())
    except ConflictError as refused:
        return _page(refused)
    tell(t("pages.grants.ended"))
    return _back()


def _back() -> Response:
    return make_response(redirect(url_for(".show_list"), code=303))
