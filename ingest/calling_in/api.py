"""Calling in: published lists, progress, and requests to keep case files longer."""

from http import HTTPMethod
from typing import Literal

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.given import Given
from archive_service.request import current_actor, services
from ingest.calling_in import acts as calling_in_acts
from ingest.calling_in.documents import (
    CollectionLists,
    KeepBackList,
    ProgressDocument,
)
from ingest.calling_in.urging import urge

bp = APIBlueprint("api_collections", __name__, tag="collections", url_prefix="/collections")


class ProgressQuery(Given):
    """Of one year."""

    year: int | None = None


class KeepBackQuery(Given):
    """Requests in one state."""

    state: Literal["asked", "consented", "refused"] | None = None


@bp.get("")
@bp.output(CollectionLists)
def list_all() -> CollectionLists:
    """Published lists, the newest year first."""
    found = calling_in_acts.list_published(services(), actor=current_actor())
    return CollectionLists(collections=found)


offer(bp, "/preview", calling_in_acts.preview)
offer(bp, "", calling_in_acts.publish, creates=True)
offer(bp, "/<uuid:list_id>", calling_in_acts.open_list, method=HTTPMethod.GET)
offer(bp, "/<uuid:list_id>/urge", urge)


@bp.get("/progress")
@bp.input(ProgressQuery, location="query")
@bp.output(ProgressDocument)
def progress(query_data: ProgressQuery) -> ProgressDocument:
    """Per unit and person what was called in, submitted, kept, and is late."""
    return calling_in_acts.progress(services(), actor=current_actor(), year=query_data.year)


@bp.get("/keep-back")
@bp.input(KeepBackQuery, location="query")
@bp.output(KeepBackList)
def list_requests(query_data: KeepBackQuery) -> KeepBackList:
    """Requests to keep case files longer, the newest first."""
    found = calling_in_acts.list_requests(services(), actor=current_actor(), state=query_data.state)
    return KeepBackList(requests=found)


offer(bp, "/keep-back", calling_in_acts.ask, creates=True)
offer(bp, "/keep-back/<uuid:request_id>/decide", calling_in_acts.decide)
