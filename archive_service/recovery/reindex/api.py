"""The search index beside the holdings, for programs that watch it."""

from apiflask import APIBlueprint

from archive_service.recovery.reindex.acts import index_status
from archive_service.recovery.reindex.documents import IndexStatusDocument
from archive_service.request import current_actor, services

bp = APIBlueprint("api_search_index", __name__, tag="search", url_prefix="/search-index")


@bp.get("")
@bp.output(IndexStatusDocument)
def show() -> IndexStatusDocument:
    """How far the index lags behind what is stored, and how often searches did not go well."""
    return index_status(services(), actor=current_actor())
