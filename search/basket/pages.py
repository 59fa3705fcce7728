"""Giỏ tài liệu: put in and taken out from what was found, shown, emptied, taken along."""

from typing import cast
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.request import current_actor, services
from archive_service.web.fields import access_word
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.lists import written
from archive_service.web.session import own_address
from archive_service.web.toasts import tell
from search.basket.acts import (
    BASKET_COLUMNS,
    BasketItem,
    Chosen,
    TakenAlong,
    empty_basket,
    export_basket,
    put_in,
    show_basket,
    take_out,
)
from search.export.acts import FORMS, MEDIA_TYPES, Form
from search.pages.address import SearchOptionUnknownError

bp = Blueprint("basket", __name__, template_folder="../templates", url_prefix="/search/basket")


@bp.get("")
def show() -> str:
    """What lies in it, the newest first."""
    basket = show_basket(services(), actor=current_actor())
    return render_template(
        "search/basket.html",
        here_key="search",
        items=[_item(basket_item) for basket_item in basket.items],
        unseen=basket.unseen,
        columns=BASKET_COLUMNS,
        forms=FORMS,
    )


@bp.post("/put")
def put() -> Response:
    """Put it in, and go on where one was."""
    put_in(services(), _chosen(), actor=current_actor())
    tell(t("pages.basket.was_put"))
    return _back()


@bp.post("/take-out")
def take() -> Response:
    """Take it out, and go on where one was."""
    take_out(services(), _chosen(), actor=current_actor())
    tell(t("pages.basket.was_taken"))
    return _back()


@bp.post("/empty")
def clear() -> Response:
    """Nothing lies in it."""
    empty_basket(services(), actor=current_actor())
    tell(t("pages.basket.was_emptied"))
    return make_response(redirect(url_for(".show"), code=303))


@bp.get("/export")
def export() -> Response:
    """All of it as a table or a paper, in the columns that were chosen."""
    form = request.args.get("form") or "xlsx"
    names = request.args.getlist("column")
    for field, values, known in (("form", [form], FORMS), ("column", names, BASKET_COLUMNS)):
        if wrong := next((value for value in values if value not in known), None):
            raise SearchOptionUnknownError(field=field, value=wrong)
    columns = tuple(name for name in BASKET_COLUMNS if name in names) or BASKET_COLUMNS
    given = TakenAlong(form=cast("Form", form), columns=columns)
    actor = current_actor()
    access.require(actor, "search")
    return written(
        "gio-tai-lieu",
        given.form,
        lambda target: export_basket(
            services(), given, actor=actor, lang=language(), target=target
        ),
        MEDIA_TYPES[given.form],
    )


def _chosen() -> Chosen:
    return Chosen(
        code=request.form.get("code", ""), document=request.form.get("document", type=UUID)
    )


def _back() -> Response:
    return make_response(redirect(own_address(request.form.get("back", "")), code=303))


def _item(item: BasketItem) -> dict[str, object]:
    return dict(item) | {
        "access": access_word(item.mode),
        "href": url_for("case_files.show", code=item.code, document=item.document),
    }
