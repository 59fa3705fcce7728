"""Who opened the documents of a case file."""

from apiflask import APIBlueprint

from archive_service.api.paging import PartQuery
from archive_service.catalogue.openings.acts import OpeningList, list_openings
from archive_service.request import current_actor, services

bp = APIBlueprint("api_openings", __name__, tag="case-files", url_prefix="/case-files")


@bp.get("/<code>/openings")
@bp.input(PartQuery, location="query")
@bp.output(OpeningList)
def list_all(code: str, query_data: PartQuery) -> OpeningList:
    """Who opened which document, the newest first."""
    return list_openings(
        services(), code, actor=current_actor(), limit=query_data.limit, cursor=query_data.cursor
    )
