"""Outages: when the system was down, and the numbers that were used on paper meanwhile."""

import datetime as dt
from typing import Any

from apiflask import APIBlueprint
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.request import current_actor, services
from archive_service.workflow import late_entry

bp = APIBlueprint("api_outages", __name__, tag="submissions", url_prefix="/outages")


class OutageIn(BaseModel):
    """When it was, why, and the first and last number of minutes on paper."""

    model_config = ConfigDict(extra="forbid")

    began_at: AwareDatetime
    ended_at: AwareDatetime
    reason: str
    first: int | None = Field(None, ge=1)
    last: int | None = Field(None, ge=1)


class ReservedNumberDocument(BaseModel):
    """A number used on paper: ``used_by`` minutes, spoilt, or waiting for them."""

    form: str
    year: int
    number: int
    text: str
    used_by: str | None
    void_reason: str


class OutageDocument(BaseModel):
    """One outage."""

    id: str
    began_at: str
    ended_at: str
    reason: str
    entered_by: str
    entered_at: str
    numbers: list[ReservedNumberDocument]


class OutageList(BaseModel):
    """The newest first."""

    outages: list[OutageDocument]


@bp.get("")
@bp.output(OutageList)
def list_all() -> dict[str, Any]:
    """All outages that were recorded."""
    return {"outages": late_entry.list_outages(services(), actor=current_actor())}


@bp.post("")
@bp.input(OutageIn)
@bp.output(OutageDocument, status_code=201)
def record(json_data: OutageIn) -> Answer:
    """Record an outage that is over."""

    def create() -> dict[str, Any]:
        given = json_data
        numbers = (given.first or 0, given.last or 0) if given.first or given.last else None
        return late_entry.record_outage(
            services(),
            given.began_at.astimezone(dt.UTC),
            given.ended_at.astimezone(dt.UTC),
            given.reason,
            numbers=numbers,
            actor=current_actor(),
        )

    return answer_once(json_data.model_dump_json(), create)
