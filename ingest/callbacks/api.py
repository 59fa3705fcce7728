"""Where a system is told of what it handed in."""

from http import HTTPMethod
from uuid import UUID

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.errors import NotFoundError
from archive_service.request import current_actor, services
from ingest.callbacks import acts as callbacks_acts
from ingest.callbacks.documents import CallbackDocument

bp = APIBlueprint("api_callbacks", __name__, tag="submissions", url_prefix="/submissions")


class CallbackNotAskedError(NotFoundError):
    """Nobody asked to be told of this submission."""


offer(bp, "/<uuid:submission_id>/callback", callbacks_acts.ask, method=HTTPMethod.PUT)


@bp.get("/<uuid:submission_id>/callback")
@bp.output(CallbackDocument)
def show(submission_id: UUID) -> CallbackDocument:
    """What was asked for this submission."""
    found = callbacks_acts.find(services(), submission_id, actor=current_actor())
    if found is None:
        raise CallbackNotAskedError(id=submission_id)
    return found
