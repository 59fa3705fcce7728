"""Where a system is told of what it handed in."""

from uuid import UUID

from apiflask import APIBlueprint
from pydantic import Field

from archive_service.errors import NotFoundError
from archive_service.given import Given
from archive_service.request import current_actor, services
from ingest.callbacks import acts as callbacks_acts
from ingest.callbacks.documents import CallbackDocument

bp = APIBlueprint("api_callbacks", __name__, tag="submissions", url_prefix="/submissions")


class CallbackNotAskedError(NotFoundError):
    """Nobody asked to be told of this submission."""


class CallbackIn(Given):
    """An https address on a host that the administrator has named."""

    url: str = Field(max_length=500)


@bp.put("/<uuid:submission_id>/callback")
@bp.input(CallbackIn)
@bp.output(CallbackDocument)
def ask(submission_id: UUID, json_data: CallbackIn) -> CallbackDocument:
    """Be told of each change of state: a signed POST (RFC 9421) with SUBMISSION, tried again."""
    return callbacks_acts.ask(services(), submission_id, json_data.url, actor=current_actor())


@bp.get("/<uuid:submission_id>/callback")
@bp.output(CallbackDocument)
def show(submission_id: UUID) -> CallbackDocument:
    """What was asked for this submission."""
    found = callbacks_acts.find(services(), submission_id, actor=current_actor())
    if found is None:
        raise CallbackNotAskedError(id=submission_id)
    return found
