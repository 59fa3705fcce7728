"""Where a system is told of what it handed in."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from archive_service.errors import NotFoundError
from archive_service.given import Given
from archive_service.request import current_actor, services
from ingest.callbacks import acts as callbacks_acts

bp = APIBlueprint("api_callbacks", __name__, tag="submissions", url_prefix="/submissions")


class CallbackNotAskedError(NotFoundError):
    """Nobody asked to be told of this submission."""


class CallbackIn(Given):
    """An https address on a host that the administrator has named."""

    url: str = Field(max_length=500)


class CallbackDocument(BaseModel):
    """What was asked, and how far it is told; ``told_state`` is a state of the submission."""

    submission: str
    url: str
    told_state: str | None
    told_at: str | None
    attempts: int
    trouble: str | None


@bp.put("/<uuid:submission_id>/callback")
@bp.input(CallbackIn)
@bp.output(CallbackDocument)
def ask(submission_id: UUID, json_data: CallbackIn) -> dict[str, Any]:
    """Be told of each change of state: a signed POST (RFC 9421) with SUBMISSION, tried again."""
    return callbacks_acts.ask(services(), submission_id, json_data.url, actor=current_actor())


@bp.get("/<uuid:submission_id>/callback")
@bp.output(CallbackDocument)
def show(submission_id: UUID) -> dict[str, Any]:
    """What was asked for this submission."""
    found = callbacks_acts.find(services(), submission_id, actor=current_actor())
    if found is None:
        raise CallbackNotAskedError(id=submission_id)
    return found
