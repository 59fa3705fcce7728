"""What was done on paper during an outage and entered late."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import AwareDatetime, BaseModel, ConfigDict

from archive_service.api.idempotency import Answer, answer_once
from archive_service.request import current_actor, services
from archive_service.workflow import late_entry
from ingest.late_entry import OnPaper

bp = APIBlueprint("api_late_entries", __name__, tag="submissions", url_prefix="/submissions")


class LateEntryIn(BaseModel):
    """When it was really done, by whom, on which paper, and why it is entered late."""

    model_config = ConfigDict(extra="forbid")

    what: Literal["received", "accepted", "returned"]
    outage_id: UUID
    happened_at: AwareDatetime
    done_by: str
    paper: str
    reason: str


class LateEntryDocument(BaseModel):
    """One entry, with both times."""

    id: str
    outage_id: str
    subject_id: str
    what: str
    happened_at: str
    entered_at: str
    entered_by: str
    done_by: str
    reason: str
    paper: str


class LateEntryList(BaseModel):
    """In the order in which it was done."""

    late_entries: list[LateEntryDocument]


@bp.get("/<uuid:submission_id>/late-entries")
@bp.output(LateEntryList)
def list_all(submission_id: UUID) -> dict[str, Any]:
    """What was entered late of a submission."""
    found = late_entry.entries_of(services(), submission_id, actor=current_actor())
    return {"late_entries": found}


@bp.post("/<uuid:submission_id>/late-entries")
@bp.input(LateEntryIn)
@bp.output(LateEntryDocument, status_code=201)
def add(submission_id: UUID, json_data: LateEntryIn) -> Answer:
    """Enter one act that was done on paper."""

    def create() -> dict[str, Any]:
        told = OnPaper(
            outage_id=json_data.outage_id,
            happened_at=json_data.happened_at.astimezone(dt.UTC),
            done_by=json_data.done_by,
            paper=json_data.paper,
            reason=json_data.reason,
        )
        actor = current_actor()
        return late_entry.enter(services(), submission_id, json_data.what, told, actor=actor)

    return answer_once(json_data.model_dump_json(), create)
