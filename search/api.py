"""Full text search, within what the account may see."""

from typing import Any

from apiflask import APIBlueprint

from archive_service.api.paging import SearchQuery
from archive_service.request import current_actor, services
from search.acts import Narrow, find
from search.documents import SearchDocument

bp = APIBlueprint("api_search", __name__, tag="search", url_prefix="/search")


@bp.get("")
@bp.input(SearchQuery, location="query")
@bp.output(SearchDocument)
def search(query_data: SearchQuery) -> dict[str, Any]:
    """Pages, or documents each once, that hold every word; where none does, what comes nearest."""
    asked = query_data
    narrow = Narrow(
        asked.agency, asked.year, asked.type, asked.from_on, asked.to_on, asked.case_file
    )
    return find(
        services(),
        asked.q,
        actor=current_actor(),
        narrow=narrow,
        by=asked.by,
        order=asked.sort,
        limit=asked.limit,
        cursor=asked.cursor,
    )
