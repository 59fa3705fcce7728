"""Boxes of paper: on which shelf they stand, what is in them, and their labels."""

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.streaming import send_bytes
from archive_service.given import Given
from archive_service.request import current_actor, services
from digitize.paper import box_acts as desk
from digitize.paper.documents import BoxDocument, BoxList

bp = APIBlueprint("api_paper_boxes", __name__, tag="paper-boxes", url_prefix="/paper-boxes")


class BoxQuery(Given):
    """``text`` is part of a code, shelf or store, or what a label says."""

    text: str = ""


class BoxIn(Given):
    """A box on its shelf."""

    code: str
    store: str = Field("", max_length=100)
    shelf: str = Field("", max_length=100)
    note: str = Field("", max_length=500)


class MoveIn(Given):
    """Where the box goes; what is not told stays."""

    store: str = Field("", max_length=100)
    shelf: str = Field("", max_length=100)
    reason: str = Field("", max_length=1000)


class RenameIn(Given):
    """The code that was meant."""

    code: str
    reason: str = Field("", max_length=1000)


class LabelsIn(Given):
    """Labels of these boxes, or of all of them where none is named."""

    codes: list[str] = Field(default=[], max_length=1000)


@bp.get("")
@bp.input(BoxQuery, location="query")
@bp.output(BoxList)
def list_all(query_data: BoxQuery) -> BoxList:
    """Boxes with what is in them, by code."""
    boxes, total = desk.list_boxes(services(), text=query_data.text, actor=current_actor())
    return BoxList(boxes=boxes, total=total)


@bp.post("")
@bp.input(BoxIn)
@bp.output(BoxDocument, status_code=201)
def add(json_data: BoxIn) -> Answer:
    """Add a box; one that is there goes to the shelf that is told."""
    return answer_once(
        json_data.model_dump_json(),
        lambda: desk.add_box(services(), **json_data.model_dump(), actor=current_actor()),
    )


@bp.post("/<path:code>/move")
@bp.input(MoveIn)
@bp.output(BoxDocument)
def move(code: str, json_data: MoveIn) -> BoxDocument:
    """Move a box with all that is in it to another shelf."""
    return desk.move_box(services(), code, **json_data.model_dump(), actor=current_actor())


@bp.post("/<path:code>/rename")
@bp.input(RenameIn)
@bp.output(BoxDocument)
def rename(code: str, json_data: RenameIn) -> BoxDocument:
    """Give a box the code that was meant, while nothing lies in it."""
    meant, reason = json_data.code, json_data.reason
    return desk.rename_box(services(), code, meant, reason=reason, actor=current_actor())


@bp.delete("/<path:code>")
@bp.doc(responses={204: "Gone; added again, it is there again"})
def remove(code: str) -> Response:
    """Take a box out of the list, while nothing lies in it."""
    desk.remove_box(services(), code, actor=current_actor())
    return Response(status=204)


@bp.post("/labels")
@bp.input(LabelsIn)
@bp.doc(responses={200: "Labels with QR, PDF/A"})
def labels(json_data: LabelsIn) -> Response:
    """Labels of boxes, to be printed."""
    made = desk.labels(services(), json_data.codes, actor=current_actor())
    return send_bytes(made, name="box-labels.pdf", media_type="application/pdf")
