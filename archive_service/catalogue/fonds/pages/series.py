"""Nhóm hồ sơ: one series with its case files, which are put into it and taken out there."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.documents import SeriesDocument
from archive_service.catalogue.fonds.given import SeriesChange
from archive_service.catalogue.fonds.placing import SERIES
from archive_service.catalogue.fonds.series_listing import series_page
from archive_service.catalogue.many import acts as many_acts
from archive_service.catalogue.many import views as many_views
from archive_service.catalogue.many.jobs import AT_ONCE, go_on
from archive_service.domain.case_files.description_batch import ItemState
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.layout import t
from archive_service.web.refusals import given_in_form
from archive_service.web.toasts import tell

bp = Blueprint("series", __name__, template_folder="../templates", url_prefix="/fonds")


@bp.get("/<fonds>/series/<code>")
def show(fonds: str, code: str) -> str:
    """What stands in it; and with ``add`` what of the fonds could be put into it."""
    actor, given = current_actor(), lists.asked()
    access.require(actor, "fonds:list")
    may_move = access.may(actor, "case-file:describe")
    may_keep = access.may(actor, "fonds:keep")
    wanted = request.args.get("add") if may_move else None
    with services().read_only() as session:
        page = series_page(
            session,
            fonds,
            code,
            actor=actor,
            text=given.text,
            wanted=wanted,
            limit=lists.PAGE_ROWS,
            offset=given.offset,
        )
    return render_template(
        "fonds/series.html",
        here_key="fonds",
        series=page,
        wanted=wanted,
        may_move=may_move,
        may_keep=may_keep,
        tree=_tree(fonds) if may_keep else [],
        query=given.text,
        paging=lists.paging(given, len(page.case_files), page.found),
    )


@bp.post("/<fonds>/series/<code>")
def move(fonds: str, code: str) -> Response:
    """Put the ticked case files into it, or take them out of it."""
    actor, form = current_actor(), request.form
    into = form.get("act") == "put"
    order = {"scope": "case-file", "field": SERIES, "act": "set", "value": code if into else ""}
    codes = form.getlist("code")
    batch = many_acts.begin(
        services(), [order], reason=form.get("reason", ""), actor=actor, codes=codes
    )
    if len(codes) > AT_ONCE:  # a worker looks at them; then a person applies it
        return make_response(redirect(url_for("many.show", batch_id=batch), code=303))
    while go_on(services(), batch, actor=actor):
        continue
    many_acts.apply(services(), batch, actor=actor)
    while go_on(services(), batch, actor=actor):
        continue
    counts = many_views.batch_document(services(), batch, actor=actor).counts
    tell(t(f"pages.series.{'put' if into else 'taken'}", count=counts[ItemState.CHANGED]))
    if counts[ItemState.REFUSED]:
        tell(t("pages.series.refused", count=counts[ItemState.REFUSED]))
        return make_response(redirect(url_for("many.show", batch_id=batch), code=303))
    return make_response(redirect(url_for(".show", fonds=fonds, code=code), code=303))


@bp.post("/<fonds>/series/<code>/change")
def change(fonds: str, code: str) -> Response:
    """Another title, note or place in the tree."""
    given = given_in_form(SeriesChange)
    fonds_acts.change_series(services(), fonds, code, given, actor=current_actor())
    tell(t("pages.series.changed", code=code))
    return make_response(redirect(url_for(".show", fonds=fonds, code=code), code=303))


def _tree(fonds: str) -> list[SeriesDocument]:
    """Where it may stand; the act refuses a place below itself."""
    return fonds_acts.list_series(services(), fonds, actor=current_actor()).series
