"""Faults reported, listed and answered."""

import base64
import binascii
from typing import Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel

from archive_service.api.idempotency import Answer, answer_once
from archive_service.domain.people.fault_report import FaultState
from archive_service.formats.picture import MEDIA_TYPE
from archive_service.given import Given
from archive_service.notices.fault_reports.acts import (
    SCREENSHOT_BYTES,
    FaultScreenshotError,
    answer_fault,
    list_faults,
    own_faults,
    report_fault,
    screenshot_of,
    show_fault,
)
from archive_service.notices.fault_reports.documents import FaultDocument, FaultList
from archive_service.request import Body, current_actor, services, takes

bp = APIBlueprint("api_faults", __name__, tag="faults", url_prefix="/faults")


class FaultQuery(BaseModel):
    """Those of one's own, or of everybody; of one state."""

    of: Literal["own", "all"] = "own"
    state: FaultState | None = None


class FaultIn(Given):
    """What went wrong; ``screenshot`` is a PNG or JPEG in base64."""

    did: str
    page: str = ""
    screenshot: str = ""


class AnswerIn(Given):
    """How far it is; ``done`` needs an answer."""

    state: Literal["looking", "done"]
    answer: str = ""


@bp.get("")
@bp.input(FaultQuery, location="query")
@bp.output(FaultList)
def list_all(query_data: FaultQuery) -> dict[str, Any]:
    """Reports, open ones first where they are everybody's."""
    actor, state = current_actor(), query_data.state
    if query_data.of == "all":
        return {"faults": list_faults(services(), actor=actor, state=state)}
    return {"faults": own_faults(services(), actor=actor, state=state)}


@bp.post("")
@bp.input(FaultIn)
@bp.output(FaultDocument, status_code=201)
@takes(Body.LIST, "fault:report")
def report(json_data: FaultIn) -> Answer:
    """Report a fault; those who set the archive up are told."""
    return answer_once(json_data.model_dump_json(), lambda: _reported(json_data))


@bp.get("/<uuid:fault_id>")
@bp.output(FaultDocument)
def show(fault_id: UUID) -> dict[str, Any]:
    """One report: of one's own, or as one who answers."""
    return show_fault(services(), fault_id, actor=current_actor())


@bp.get("/<uuid:fault_id>/screenshot")
@bp.doc(responses={200: "The picture, a JPEG"})
def screenshot(fault_id: UUID) -> Response:
    """Its picture."""
    return Response(screenshot_of(services(), fault_id, actor=current_actor()), mimetype=MEDIA_TYPE)


@bp.post("/<uuid:fault_id>/answer")
@bp.input(AnswerIn)
@bp.output(FaultDocument)
def answer(fault_id: UUID, json_data: AnswerIn) -> dict[str, Any]:
    """Say how far it is; whoever reported it is told."""
    return answer_fault(
        services(),
        fault_id,
        state=FaultState(json_data.state),
        answer=json_data.answer,
        actor=current_actor(),
    )


def _reported(given: FaultIn) -> dict[str, Any]:
    try:
        picture = base64.b64decode(given.screenshot, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FaultScreenshotError(limit_mib=SCREENSHOT_BYTES >> 20) from error
    return report_fault(
        services(), given.did, page=given.page, screenshot=picture, actor=current_actor()
    )
