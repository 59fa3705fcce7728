"""Tra cứu đã lưu: kept, renamed and removed from the page of the search."""

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from archive_service.request import current_actor, services
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from search.kept.acts import (
    History,
    Keep,
    Renamed,
    Watched,
    forget_searches,
    keep_search,
    remove_kept_search,
    rename_kept_search,
    set_history,
    watch_kept_search,
)
from search.pages.address import address_of, asked_conditions, order_of

bp = Blueprint("kept_searches", __name__, url_prefix="/search/kept")


@bp.post("")
def keep() -> Response:
    """Keep what the page shows, and go on with it."""
    form = request.form
    given = Keep(
        name=form.get("name", ""),
        text=form.get("q", ""),
        order=order_of(form.get("sort", "")),
        conditions=asked_conditions(form),
    )
    kept = keep_search(services(), given, actor=current_actor())
    tell(t("pages.search.was_kept", name=kept.name))
    return make_response(redirect(address_of(kept.text, kept.conditions, given.order), code=303))


@bp.post("/<uuid:kept_id>/rename")
def rename(kept_id: UUID) -> Response:
    """Another name."""
    given = Renamed(name=request.form.get("name", ""))
    rename_kept_search(services(), kept_id, given, actor=current_actor())
    return _back()


@bp.post("/<uuid:kept_id>/remove")
def remove(kept_id: UUID) -> Response:
    """It is gone; what it finds is not."""
    remove_kept_search(services(), kept_id, actor=current_actor())
    return _back()


@bp.post("/<uuid:kept_id>/watch")
def watch(kept_id: UUID) -> Response:
    """New hits are told, or no more."""
    given = Watched(watched=bool(request.form.get("watched")))
    kept = watch_kept_search(services(), kept_id, given, actor=current_actor())
    text = "pages.search.is_watched" if kept.watched else "pages.search.is_unwatched"
    tell(t(text, name=kept.name))
    return _back()


@bp.post("/history")
def history() -> Response:
    """The last ones are kept from now on, or none."""
    given = History(history=bool(request.form.get("history")))
    set_history(services(), given, actor=current_actor())
    return _back()


@bp.post("/forget")
def forget() -> Response:
    """None of the last ones is left."""
    forget_searches(services(), actor=current_actor())
    return _back()


def _back() -> Response:
    return make_response(redirect(url_for("search.show"), code=303))
