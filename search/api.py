"""Full text search, within what the account may see."""

import datetime as dt
from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from archive_service.api.paging import MAX_LIMIT, repeated
from archive_service.request import current_actor, services
from search.acts import find
from search.conditions import Conditions, Shown, of_dimensions
from search.documents import SearchDocument
from search.order import By, Order

bp = APIBlueprint("api_search", __name__, tag="search", url_prefix="/search")

_Texts = Annotated[tuple[str, ...], BeforeValidator(repeated)]
_Numbers = Annotated[tuple[int, ...], BeforeValidator(repeated)]


class SearchQuery(BaseModel):
    """Words and what narrows them; days are those of the document.

    Each condition may be given several times: it widens what this condition lets through. With
    ``facets`` the answer says of each value how many hits it would leave.
    """

    model_config = ConfigDict(extra="forbid")

    q: str
    agency: _Texts = ()
    fonds: _Texts = ()
    series: _Texts = ()
    year: _Numbers = ()
    type: _Texts = ()
    issuer: _Texts = ()
    signer: _Texts = ()
    mode: _Texts = ()
    term: _Texts = ()
    format: _Texts = ()
    source: _Texts = ()
    language: _Texts = ()
    case_file: _Texts = ()
    from_on: dt.date | None = Field(default=None, alias="from")
    to_on: dt.date | None = Field(default=None, alias="to")
    by: By = "page"
    sort: Order = "relevance"
    limit: int = Field(default=20, ge=1, le=MAX_LIMIT)
    cursor: str | None = None
    facets: bool = False


@bp.get("")
@bp.input(SearchQuery, location="query")
@bp.output(SearchDocument)
def search(query_data: SearchQuery) -> dict[str, Any]:
    """Pages, or documents each once, that hold every word; where none does, what comes nearest."""
    asked = query_data
    conditions = Conditions(
        **of_dimensions(asked.model_dump()),
        case_files=asked.case_file,
        from_on=asked.from_on,
        to_on=asked.to_on,
    )
    shown = Shown(
        by=asked.by, order=asked.sort, limit=asked.limit, cursor=asked.cursor, facets=asked.facets
    )
    return find(services(), asked.q, actor=current_actor(), conditions=conditions, shown=shown)
