"""Schedules of retention: those that ship and those of the archive; compared and decided on."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict

from archive_service.request import current_actor, services
from archive_service.schemas.retention import (
    ScheduleComparedDocument,
    ScheduleDocument,
    ScheduleList,
    ScheduleWithRulesDocument,
)
from archive_service.workflow import schedules

bp = APIBlueprint(
    "api_retention_schedules",
    __name__,
    tag="retention-schedules",
    url_prefix="/retention-schedules",
)


class DecisionIn(BaseModel):
    """Whether a draft is adopted or dropped, and on what that rests."""

    model_config = ConfigDict(extra="forbid")

    adopt: bool
    reason: str


@bp.get("")
@bp.output(ScheduleList)
def list_all() -> dict[str, Any]:
    """Those that ship, which have no id, then those of the archive."""
    return {"schedules": schedules.list_all(services(), actor=current_actor())}


@bp.get("/<code>")
@bp.output(ScheduleWithRulesDocument)
def one(code: str) -> dict[str, Any]:
    """One by its id, or by the code of one that ships."""
    return schedules.show(services(), code, actor=current_actor())


@bp.get("/<code>/differences/<uuid:other_id>")
@bp.output(ScheduleComparedDocument)
def compare(code: str, other_id: UUID) -> dict[str, Any]:
    """What the other one adds, leaves out and changes."""
    return schedules.compare(services(), code, str(other_id), actor=current_actor())


@bp.post("/<uuid:schedule_id>/decision")
@bp.input(DecisionIn)
@bp.output(ScheduleDocument)
def decide(schedule_id: UUID, json_data: DecisionIn) -> dict[str, Any]:
    """Adopt a draft that another person loaded, or drop it."""
    schedules.decide(
        services(),
        schedule_id,
        adopt=json_data.adopt,
        reason=json_data.reason,
        actor=current_actor(),
    )
    return schedules.show(services(), str(schedule_id), actor=current_actor())
