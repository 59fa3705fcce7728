"""Quyền được cấp: what may be read without asking, or managed; given and ended."""

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
from archive_service.catalogue.grants.documents import Granting, RemainingDocument
from archive_service.catalogue.grants.group_documents import Grouping, Joining
from archive_service.catalogue.grants.groups import (
    join_group,
    leave_group,
    list_groups,
    make_group,
)
from archive_service.domain.people.account import LONGEST_REASON
from archive_service.domain.people.reading_grant import GrantRight, GrantScope, Level
from archive_service.request import current_actor, services
from archive_service.web.layout import t
from archive_service.web.refusals import FormFieldError, day_in_form, day_or_none, given_in_form
from archive_service.web.toasts import tell

bp = Blueprint("grants", __name__, template_folder="templates", url_prefix=PAGE)
_LEVELS = (Level.INTERNAL, Level.RESTRICTED, Level.SECRET)  # public is open as it is
_E = TypeVar("_E", bound=enum.StrEnum)


@bp.get("")
def show_list() -> str:
    """What is granted, and a form to grant more; a reader sees their own."""
    actor = current_actor()
    return render_template(
        "grants/grants.html",
        here_key="grants",
        found=list_grants(services(), actor=actor),
        gives=access.may(actor, "grant:give"),
        scopes=[
            (grant_scope.value, t(f"labels.grant-scopes.{grant_scope.value}"))
            for grant_scope in GrantScope
        ],
        levels=[(level.value, t(f"labels.levels.{level.value}")) for level in _LEVELS],
        kinds=[
            (grant_right.value, t(f"labels.grant-rights.{grant_right.value}"))
            for grant_right in GrantRight
        ],
        given=request.args,
        longest={"days": LONGEST_DAYS, "reason": LONGEST_REASON},
    )


@bp.post("")
def give() -> Response:
    """Grant it; it waits for a second person."""
    actor, form = current_actor(), request.form
    access.require(actor, "grant:give")
    given = Granting(
        account=form.get("account", ""),
        scope=_chosen("scope", GrantScope),
        code=form.get("code", ""),
        part=form.get("part", ""),
        level=_chosen("level", Level),
        gives=_chosen("gives", GrantRight),
        first_day=day_in_form("first_day", t("pages.grants.first_day")),
        last_day=day_in_form("last_day", t("pages.grants.last_day")),
        reason=form.get("reason", ""),
    )
    done = give_grant(services(), given, actor=actor)
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
    done = end_grant(services(), grant_id, actor=current_actor())
    tell(t("pages.grants.ended") + _remaining(done.remaining))
    return _back()


@bp.get("/groups")
def show_groups() -> str:
    """Groups of readers and managers, and forms to make and fill them."""
    actor = current_actor()
    return render_template(
        "grants/groups.html",
        here_key="grants",
        found=list_groups(services(), actor=actor),
        gives=access.may(actor, "grant:give"),
        levels=[(level.value, t(f"labels.levels.{level.value}")) for level in _LEVELS],
        kinds=[
            (grant_right.value, t(f"labels.grant-rights.{grant_right.value}"))
            for grant_right in GrantRight
        ],
        given=request.args,
        longest=LONGEST_REASON,
    )


@bp.post("/groups")
def make() -> Response:
    """Make a group; nobody reads more by it until somebody joins."""
    access.require(current_actor(), "grant:give")
    kinds = {"level": _chosen("level", Level), "gives": _chosen("gives", GrantRight)}
    given = given_in_form(Grouping, **kinds)
    done = make_group(services(), given, actor=current_actor())
    tell(t("pages.groups.made", name=done.name))
    return _to_groups()


@bp.post("/groups/<uuid:group_id>/members")
def join(group_id: UUID) -> Response:
    """Take somebody in; it waits for a second person."""
    form = request.form
    given = Joining(
        account=form.get("account", ""),
        reason=form.get("reason", ""),
        last_day=day_or_none("last_day"),
    )
    done = join_group(services(), group_id, given, actor=current_actor())
    kind = "waits" if done.waits else "joined"
    tell(t(f"pages.groups.{kind}", person=done.person))
    return _to_groups()


@bp.post("/members/<uuid:member_id>/end")
def leave(member_id: UUID) -> Response:
    """It ends at once."""
    done = leave_group(services(), member_id, actor=current_actor())
    tell(t("pages.groups.left") + _remaining(done.remaining))
    return _to_groups()


def _remaining(rest: list[RemainingDocument]) -> str:
    text = ", ".join(remaining.name for remaining in rest)
    return " " + t("pages.grants.remaining", remaining=text) if rest else ""


def _to_groups() -> Response:
    return make_response(redirect(url_for(".show_groups"), code=303))


def _back() -> Response:
    return make_response(redirect(url_for(".show_list"), code=303))
