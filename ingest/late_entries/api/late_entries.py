"""What was done on paper during an outage and entered late."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import AwareDatetime

from archive_service.api.idempotency import Answer, answer_once
from archive_service.given import Given
from archive_service.request import current_actor, services
from ingest.late_entries import acts as late_entries_acts
from ingest.late_entries.documents import LateEntryDocument, LateEntryList
from ingest.late_entries.late_entry import ACCESS_DECIDED, OnPaper

bp = APIBlueprint("api_late_entries", __name__, tag="submissions", url_prefix="")


class OnPaperIn(Given):
    """When it was really done, by whom, on which paper, and why it is entered late."""

    outage_id: UUID
    happened_at: AwareDatetime
    done_by: str
    paper: str
    reason: str

    def told(self) -> OnPaper:
        """The same for the act."""
        return OnPaper(
            outage_id=self.outage_id,
            happened_at=self.happened_at.astimezone(dt.UTC),
            done_by=self.done_by,
            paper=self.paper,
            reason=self.reason,
        )


class LateEntryIn(OnPaperIn):
    """Of a submission: which of its acts it was."""

    what: Literal["received", "accepted", "returned"]


@bp.get("/submissions/<uuid:submission_id>/late-entries")
@bp.output(LateEntryList)
def list_all(submission_id: UUID) -> dict[str, Any]:
    """What was entered late of a submission."""
    found = late_entries_acts.entries_of(services(), submission_id, actor=current_actor())
    return {"late_entries": found}


@bp.post("/submissions/<uuid:submission_id>/late-entries")
@bp.input(LateEntryIn)
@bp.output(LateEntryDocument, status_code=201)
def add(submission_id: UUID, json_data: LateEntryIn) -> Answer:
    """Enter one act that was done on paper."""
    return _enter(submission_id, json_data.what, json_data)


@bp.post("/case-files/<code>/access-modes/<uuid:change_id>/late-entries")
@bp.doc(tags=["case-files"])
@bp.input(OnPaperIn)
@bp.output(LateEntryDocument, status_code=201)
def add_access_decided(code: str, change_id: UUID, json_data: OnPaperIn) -> Answer:  # noqa: ARG001 - the address names the case file
    """Enter the decision on an access mode that was made on paper."""
    return _enter(change_id, ACCESS_DECIDED, json_data)


def _enter(subject_id: UUID, what: str, given: OnPaperIn) -> Answer:
    def create() -> dict[str, Any]:
        return late_entries_acts.enter(
            services(), subject_id, what, given.told(), actor=current_actor()
        )

    return answer_once(given.model_dump_json(), create)
