"""Schedules of retention: those that ship and those of the archive; compared and decided on."""

import re
import tempfile
from http import HTTPMethod, HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.request import language
from archive_service.api.streaming import send_bytes
from archive_service.given import Given
from archive_service.request import Body, current_actor, services, takes
from archive_service.storage.reader import sha256_of
from retention.schedules import acts as schedules_acts
from retention.schedules import papers as schedules_papers
from retention.schedules.documents import (
    ScheduleCheckDocument,
    ScheduleComparedDocument,
    ScheduleDocument,
    ScheduleList,
    ScheduleWithRulesDocument,
)
from retention.schedules.files import HEAD
from retention.schedules.what_if import acts as what_if_acts
from retention.schedules.what_if.documents import WhatIfItems
from retention.schedules.what_if.rules import Conflict, Turn

bp = APIBlueprint(
    "api_retention_schedules",
    __name__,
    tag="retention-schedules",
    url_prefix="/retention-schedules",
)


class ScheduleIn(BaseModel):
    """A TOML, XLSX or CSV as its name ends; what a table does not tell of itself stands beside."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    file: UploadFile
    code: str = ""
    title: str = ""
    instrument: str = ""
    article: str = ""
    valid_from: str = ""
    valid_to: str = ""
    note: str = ""

    def head(self) -> dict[str, str]:
        """What stands beside the file."""
        return {name: getattr(self, name) for name in HEAD}


class DecisionIn(Given):
    """Whether a draft is adopted or dropped, and on what that rests; ``otp`` with the first."""

    adopt: bool
    reason: str
    otp: str | None = None


class ItemsQuery(Given):
    """Which case files that would move: by code, after the one named."""

    turn: Turn | None = None
    conflict: Conflict | None = None
    after: str = ""
    limit: int = Field(default=100, ge=1, le=1000)


@bp.get("")
@bp.output(ScheduleList)
def list_all() -> ScheduleList:
    """Those that ship, which have no id, then those of the archive."""
    return ScheduleList(schedules=schedules_acts.list_all(services(), actor=current_actor()))


@bp.post("")
@bp.input(ScheduleIn, location="form_and_files")
@bp.output(ScheduleWithRulesDocument, status_code=201)
@takes(Body.PAPER, "retention:load-schedule")
def load(form_and_files_data: ScheduleIn) -> Answer:
    """Keep a file as a draft; with any fault nothing is kept, and each is told with its line."""
    given, actor = form_and_files_data, current_actor()

    def create() -> ScheduleWithRulesDocument:
        with tempfile.TemporaryDirectory(dir=services().work_folder, prefix="terms-") as folder:
            path = _laid(Path(folder), given)
            schedule = schedules_acts.load(
                services(), path, given.head(), actor=actor, name=_name(given), lang=language()
            )
        return schedules_acts.show(services(), str(schedule["id"]), actor=actor)

    told_by = [*given.head().values(), given.file.filename or "", sha256_of(given.file.stream)]
    given.file.stream.seek(0)
    return answer_once("\n".join(told_by), create)


@bp.post("/checks")
@bp.input(ScheduleIn, location="form_and_files")
@bp.output(ScheduleCheckDocument)
@takes(Body.PAPER, "retention:load-schedule")
def check(form_and_files_data: ScheduleIn) -> dict[str, Any]:
    """How many entries a file has, and what is wrong in which line; nothing is kept."""
    given = form_and_files_data
    with tempfile.TemporaryDirectory(dir=services().work_folder, prefix="terms-") as folder:
        path = _laid(Path(folder), given)
        return schedules_acts.check_file(
            services(), path, given.head(), actor=current_actor(), lang=language()
        )


def _laid(folder: Path, given: ScheduleIn) -> Path:
    path = folder / f"bang{Path(_name(given)).suffix.lower()[:5] or '.toml'}"
    given.file.save(path)
    return path


def _name(given: ScheduleIn) -> str:
    return re.split(r"[/\\]", given.file.filename or "")[-1][-60:]


offer(bp, "/<code>", schedules_acts.show, method=HTTPMethod.GET)


@bp.get("/<code>/differences/<uuid:other_id>")
@bp.output(ScheduleComparedDocument)
def compare(code: str, other_id: UUID) -> ScheduleComparedDocument:
    """What the other one adds, leaves out and changes."""
    return schedules_acts.compare(services(), code, str(other_id), actor=current_actor())


@bp.post("/<uuid:schedule_id>/decision")
@bp.input(DecisionIn)
@bp.output(ScheduleDocument)
def decide(schedule_id: UUID, json_data: DecisionIn) -> ScheduleDocument:
    """Adopt a draft that another person loaded, or drop it."""
    schedules_acts.decide(
        services(),
        schedule_id,
        adopt=json_data.adopt,
        reason=json_data.reason,
        otp=json_data.otp,
        actor=current_actor(),
    )
    return schedules_acts.show(services(), str(schedule_id), actor=current_actor())


@bp.get("/<uuid:schedule_id>/paper")
@bp.doc(responses={200: "The decision as PDF/A, with its signature once it has one"})
def paper(schedule_id: UUID) -> Response:
    """The decision that adopts it."""
    name, data = schedules_papers.read_paper(services(), schedule_id, actor=current_actor())
    return send_bytes(data, name=name, media_type="application/pdf")


offer(bp, "/<uuid:schedule_id>/signature", schedules_papers.ask_for_signature, creates=True)
offer(bp, "/<uuid:schedule_id>/trial", what_if_acts.start, status=HTTPStatus.ACCEPTED)
offer(bp, "/<uuid:schedule_id>/trial", what_if_acts.get_newest, method=HTTPMethod.GET)


@bp.get("/<uuid:schedule_id>/trial/items")
@bp.input(ItemsQuery, location="query")
@bp.output(WhatIfItems)
def trial_items(schedule_id: UUID, query_data: ItemsQuery) -> dict[str, Any]:
    """Case files whose last day would be another; ``after`` of the next part is the last code."""
    actor = current_actor()
    trial = what_if_acts.get_newest(services(), schedule_id, actor=actor)
    found = what_if_acts.list_items(
        services(),
        trial.id,
        actor=actor,
        turn=query_data.turn or "",
        conflict=query_data.conflict or "",
        after=query_data.after,
        limit=query_data.limit,
    )
    return {"items": found}


@bp.delete("/<uuid:schedule_id>/trial")
@bp.doc(responses={204: "Gone; the draft stays"})
def discard_trial(schedule_id: UUID) -> Response:
    """Throw the last trial away; the draft stays."""
    actor = current_actor()
    trial = what_if_acts.get_newest(services(), schedule_id, actor=actor)
    what_if_acts.discard(services(), trial.id, actor=actor)
    return Response(status=204)
