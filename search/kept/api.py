"""One's own searches: kept under a name, and the last ones."""

from http import HTTPMethod

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from search.kept.acts import (
    forget_searches,
    keep_search,
    list_kept_searches,
    remove_kept_search,
    rename_kept_search,
    set_history,
    watch_kept_search,
)

bp = APIBlueprint("api_kept_searches", __name__, tag="search", url_prefix="/search/kept")


offer(bp, "", list_kept_searches, method=HTTPMethod.GET)
offer(bp, "", keep_search, creates=True)
offer(bp, "/<uuid:kept_id>/rename", rename_kept_search)
offer(bp, "/<uuid:kept_id>/remove", remove_kept_search)
offer(bp, "/<uuid:kept_id>/watch", watch_kept_search)
offer(bp, "/forget", forget_searches)
offer(bp, "/history", set_history)
