"""One's own basket, at /search/basket."""

from http import HTTPMethod
from typing import Annotated

from apiflask import APIBlueprint
from flask import Response
from pydantic import BeforeValidator

from archive_service.api.offered import offer
from archive_service.api.paging import repeated
from archive_service.api.request import language
from archive_service.given import Given
from archive_service.request import current_actor, services
from archive_service.web.lists import written
from search.basket.acts import (
    BASKET_COLUMNS,
    TakenAlong,
    empty_basket,
    export_basket,
    put_in,
    show_basket,
    take_out,
)
from search.export.acts import MEDIA_TYPES, Form
from search.export.columns import Column

bp = APIBlueprint("api_basket", __name__, tag="search", url_prefix="/search/basket")


class BasketQuery(Given):
    """Columns and form of the table."""

    form: Form = "xlsx"
    column: Annotated[tuple[Column, ...], BeforeValidator(repeated)] = BASKET_COLUMNS


offer(bp, "", show_basket, method=HTTPMethod.GET)
offer(bp, "/put", put_in)
offer(bp, "/take-out", take_out)
offer(bp, "/empty", empty_basket)


@bp.get("/export")
@bp.input(BasketQuery, location="query")
@bp.doc(responses={200: "XLSX, CSV, DOCX or PDF by form"})
def export(query_data: BasketQuery) -> Response:
    """What lies in it as a table; the trail tells who took how much."""
    given = TakenAlong(form=query_data.form, columns=query_data.column or BASKET_COLUMNS)
    actor = current_actor()
    return written(
        "basket",
        given.form,
        lambda target: export_basket(
            services(), given, actor=actor, lang=language(), target=target
        ),
        MEDIA_TYPES[given.form],
    )
