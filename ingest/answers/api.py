"""Answers to edXML packets: polled by whoever sent them."""

from typing import Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from archive_service.api.streaming import send_bytes
from archive_service.given import Given
from archive_service.request import current_actor, services
from ingest.answers.documents import AnswerList
from ingest.answers.packet_answers import fetch, list_answers

bp = APIBlueprint("api_answers", __name__, tag="answers", url_prefix="/answers")


class AnswerQuery(Given):
    """Only those that wait, or were delivered."""

    state: Literal["waiting", "delivered"] | None = None
    limit: int = Field(default=100, ge=1, le=1000)


@bp.get("")
@bp.input(AnswerQuery, location="query")
@bp.output(AnswerList)
def list_all(query_data: AnswerQuery) -> dict[str, Any]:
    """Answers to the packets that this account handed in, the oldest first."""
    waiting = None if query_data.state is None else query_data.state == "waiting"
    found = list_answers(services(), actor=current_actor(), waiting=waiting, limit=query_data.limit)
    return {"answers": found, "cursor": None}


@bp.get("/<uuid:answer_id>")
@bp.doc(responses={200: "The signed status packet"})
def one(answer_id: UUID) -> Response:
    """The status packet itself; fetching it is its delivery."""
    packet = fetch(services(), answer_id, actor=current_actor())
    return send_bytes(packet, name=f"{answer_id}.edxml", media_type="application/xml")
