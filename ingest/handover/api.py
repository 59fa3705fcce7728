"""Biên bản giao nhận: made, listed, and their papers."""

from http import HTTPMethod
from typing import Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.paging import PartQuery, next_cursor, offset_of
from archive_service.api.streaming import send_bytes
from archive_service.given import Given
from archive_service.request import current_actor, services
from ingest.handover import acts as handover_acts
from ingest.handover import paper_files
from ingest.handover.documents import HandoverList, HandoverMade
from ingest.handover.listing import Narrowing, list_handovers

bp = APIBlueprint("api_handovers", __name__, tag="handovers", url_prefix="/handovers")


class MinutesIn(Given):
    """Which submissions; all that the agency has waiting where none is named."""

    agency_id: UUID | None = None
    submissions: list[UUID] = Field(default_factory=list, max_length=10_000)
    sender: str = Field("", max_length=100)
    giver: str = Field("", max_length=100)
    giver_name: str = Field("", max_length=200)
    giver_position: str = Field("", max_length=200)
    receiver_name: str = Field("", max_length=200)
    receiver_position: str = Field("", max_length=200)
    block: str = Field("", max_length=500)
    basis: str = Field("", max_length=500)
    condition: str = Field("", max_length=1000)


class HandoverQuery(PartQuery):
    """``text``: words of number, agency, giver or a case file's code."""

    text: str = ""
    state: Literal["", "numbered", "signed", "complete"] = ""
    year: int | None = None


@bp.get("")
@bp.input(HandoverQuery, location="query")
@bp.output(HandoverList)
def list_all(query_data: HandoverQuery) -> HandoverList:
    """What waits for minutes, and the minutes made that fit, the newest first."""
    offset = offset_of(query_data.cursor)
    found = list_handovers(
        services(),
        actor=current_actor(),
        narrowing=Narrowing(query_data.text, query_data.state, query_data.year),
        limit=query_data.limit,
        offset=offset,
    )
    end = offset + len(found.handovers)
    return found.extended(HandoverList, cursor=next_cursor(end, found.total))


@bp.post("")
@bp.input(MinutesIn)
@bp.output(HandoverMade, status_code=201)
def make(json_data: MinutesIn) -> Answer:
    """Number the minutes, those of additions apart; they are printed and signed by a job."""
    facts = json_data.model_dump(exclude={"agency_id", "submissions", "sender", "giver"})

    def create() -> HandoverMade:
        return handover_acts.make(
            services(),
            actor=current_actor(),
            agency_id=json_data.agency_id,
            submission_ids=json_data.submissions,
            sender=json_data.sender,
            giver=json_data.giver,
            said={name: text for name, text in facts.items() if text},
        )

    return answer_once(json_data.model_dump_json(), create)


offer(bp, "/<uuid:handover_id>", handover_acts.open_handover, method=HTTPMethod.GET)


@bp.get("/<uuid:handover_id>/paper")
def paper(handover_id: UUID) -> Response:
    """The signed minutes as PDF/A, with the giver's signature where it was given."""
    name, data = paper_files.read_paper(services(), handover_id, actor=current_actor())
    return send_bytes(data, name=name, media_type="application/pdf")
