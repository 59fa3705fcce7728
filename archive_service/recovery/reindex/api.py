"""The search index beside the holdings, for programs that watch it."""

from http import HTTPMethod

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.recovery.reindex.acts import index_status

bp = APIBlueprint("api_search_index", __name__, tag="search", url_prefix="/search-index")


offer(bp, "", index_status, method=HTTPMethod.GET)
