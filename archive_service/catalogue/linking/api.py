"""A document in several case files: linked into another one, and taken out again."""

from typing import Any

from apiflask import APIBlueprint
from pydantic import BaseModel

from archive_service.api.idempotency import Answer, answer_once
from archive_service.catalogue.linking import acts as linking_acts
from archive_service.given import Given
from archive_service.request import current_actor, services

bp = APIBlueprint("api_linking", __name__, tag="case-files", url_prefix="/case-files")


class LinkIn(Given):
    """Code of the other case file of the fonds, and why."""

    into: str
    reason: str


class LinkDone(BaseModel):
    """Its place in the other case file, and where it lies."""

    code: str
    ordinal: int
    source: str
    document: int


class UnlinkIn(Given):
    """Why it is taken out."""

    reason: str


class UnlinkDone(BaseModel):
    """The place that is empty now."""

    code: str
    ordinal: int


@bp.post("/<code>/documents/<int:ordinal>/links")
@bp.input(LinkIn)
@bp.output(LinkDone, status_code=201)
def link(code: str, ordinal: int, json_data: LinkIn) -> Answer:
    """Make a document part of another case file of the fonds; its bytes stay where they are."""
    into, reason = json_data.into, json_data.reason

    def create() -> dict[str, Any]:
        return linking_acts.link(
            services(), code, ordinal, into, reason=reason, actor=current_actor()
        )

    return answer_once(json_data.model_dump_json(), create)


@bp.post("/<code>/documents/<int:ordinal>/unlink")
@bp.input(UnlinkIn)
@bp.output(UnlinkDone)
def end_link(code: str, ordinal: int, json_data: UnlinkIn) -> dict[str, Any]:
    """Take a linked document out of a case file; where it lies it stays as it is."""
    return linking_acts.end_link(
        services(), code, ordinal, reason=json_data.reason, actor=current_actor()
    )
