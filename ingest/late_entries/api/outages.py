"""Outages: when the system was down, and the numbers that were used on paper meanwhile."""

import datetime as dt
import json
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, Json

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.given import Given
from archive_service.request import Body, current_actor, services, takes
from archive_service.storage.reader import sha256_of
from archive_service.storage.work_folder import work_place
from ingest.handover.documents import HandoverRecordDocument
from ingest.late_entries import acts as late_entries_acts
from ingest.late_entries.documents import OutageDocument, OutageList
from ingest.late_entries.late_entry import OnPaper

_SAID = ("giver_name", "giver_position", "receiver_name", "receiver_position", "block")

bp = APIBlueprint("api_outages", __name__, tag="submissions", url_prefix="/outages")


class OutageIn(Given):
    """When it was, why, and the first and last number of minutes on paper."""

    began_at: AwareDatetime
    ended_at: AwareDatetime
    reason: str
    first: int | None = Field(None, ge=1)
    last: int | None = Field(None, ge=1)


class PaperMinutesIn(BaseModel):
    """The scan, what the paper says, and which submissions it lists.

    All that waits of the agency, or of the sender, where no submissions are named.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    scan: UploadFile
    number: int = Field(ge=1)
    happened_at: AwareDatetime
    paper: str
    reason: str
    receiver_name: str
    receiver_position: str = ""
    giver_name: str = ""
    giver_position: str = ""
    block: str = ""
    submissions: Json[list[UUID]] | None = None
    agency_id: UUID | None = None
    sender: str = ""

    def said(self) -> dict[str, str]:
        """Names and positions as the paper has them."""
        facts = {name: getattr(self, name).strip() for name in _SAID}
        return {name: text for name, text in facts.items() if text}


@bp.get("")
@bp.output(OutageList)
def list_all() -> dict[str, Any]:
    """All outages that were recorded."""
    return {"outages": late_entries_acts.list_outages(services(), actor=current_actor())}


@bp.post("")
@bp.input(OutageIn)
@bp.output(OutageDocument, status_code=201)
def record(json_data: OutageIn) -> Answer:
    """Record an outage that is over."""

    def create() -> dict[str, Any]:
        given = json_data
        numbers = (given.first or 0, given.last or 0) if given.first or given.last else None
        return late_entries_acts.record_outage(
            services(),
            given.began_at.astimezone(dt.UTC),
            given.ended_at.astimezone(dt.UTC),
            given.reason,
            numbers=numbers,
            actor=current_actor(),
        )

    return answer_once(json_data.model_dump_json(), create)


offer(bp, "/<uuid:outage_id>/numbers/<int:number>/void", late_entries_acts.void_number)


@bp.post("/<uuid:outage_id>/minutes")
@bp.input(PaperMinutesIn, location="form_and_files")
@bp.output(HandoverRecordDocument, status_code=201)
@takes(Body.PAPER, "late-entry:make")
def minutes(outage_id: UUID, form_and_files_data: PaperMinutesIn) -> Answer:
    """Enter minutes of acceptance that both sides signed on paper; the scan is their paper."""
    given = form_and_files_data
    on_paper = OnPaper(
        outage_id=outage_id,
        happened_at=given.happened_at.astimezone(dt.UTC),
        done_by=given.receiver_name,
        paper=given.paper,
        reason=given.reason,
    )
    listed = late_entries_acts.PaperMinutes(
        number=given.number,
        agency_id=given.agency_id,
        submission_ids=given.submissions or (),
        sender=given.sender,
        said=given.said(),
    )
    with work_place(services().work_folder, "minutes-") as folder:
        scan = folder / "scan.pdf"
        given.scan.save(scan)
        with scan.open("rb") as source:
            digest = sha256_of(source)

        def create() -> HandoverRecordDocument:
            return late_entries_acts.enter_minutes(
                services(), on_paper, listed, scan, actor=current_actor()
            )

        asked = given.model_dump(mode="json", exclude={"scan"}) | {"scan": digest}
        return answer_once(json.dumps(asked), create)
