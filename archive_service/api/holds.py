"""Holds: placed on case files, lifted one by one."""

import datetime as dt
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from archive_service import access, clock
from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.queries import HoldQuery
from archive_service.db.paging import Order, part_of
from archive_service.domain.hold import Hold
from archive_service.request import current_actor, services
from archive_service.schemas.hold import HoldList, ListedHoldDocument
from archive_service.workflow.holds import lift_hold, place_holds
from retention.hold_list import hold_documents, matching_holds

bp = APIBlueprint("api_holds", __name__, tag="holds", url_prefix="/holds")


def _moment(text: str) -> dt.datetime:
    return clock.parse_iso(text)


_NEWEST_FIRST = Order(
    columns=(Hold.placed_at, Hold.id),
    write=(clock.iso, str),
    read=(_moment, UUID),
    newest_first=True,
)


class HoldIn(BaseModel):
    """One order for one or more case files; ``authority`` names the paper it rests on."""

    model_config = ConfigDict(extra="forbid")

    codes: list[str] = Field(min_length=1, max_length=1000)
    reason: str
    authority: str


class LiftIn(BaseModel):
    """Why a hold is lifted."""

    model_config = ConfigDict(extra="forbid")

    reason: str


@bp.get("")
@bp.input(HoldQuery, location="query")
@bp.output(HoldList)
def list_all(query_data: HoldQuery) -> dict[str, Any]:
    """Holds the account may know of, the newest first."""
    actor = current_actor()
    access.require(actor, "hold:list")
    query = matching_holds(
        actor=actor,
        text=query_data.text,
        code=query_data.code,
        in_force=None if query_data.state is None else query_data.state == "in-force",
    )
    with services().read_only() as session:
        part = part_of(
            session, query, _NEWEST_FIRST, limit=query_data.limit, cursor=query_data.cursor
        )
        return {"holds": hold_documents(session, part.rows), "cursor": part.cursor}


@bp.post("")
@bp.input(HoldIn)
@bp.output(HoldList, status_code=201)
def place(json_data: HoldIn) -> Answer:
    """Place a hold on all of these case files, or on none."""

    def create() -> dict[str, Any]:
        placed = place_holds(
            services(),
            json_data.codes,
            reason=json_data.reason,
            authority=json_data.authority,
            actor=current_actor(),
        )
        return {"holds": placed}

    return answer_once(json_data.model_dump_json(), create)


@bp.post("/<uuid:hold_id>/lift")
@bp.input(LiftIn)
@bp.output(ListedHoldDocument)
def lift(hold_id: UUID, json_data: LiftIn) -> dict[str, Any]:
    """Lift one hold."""
    return lift_hold(services(), hold_id, reason=json_data.reason, actor=current_actor())
