"""Boxes of paper: on which shelf they stand, what is in them, and their labels."""

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from archive_service.api.offered import offer
from archive_service.api.streaming import send_bytes
from archive_service.given import Given
from archive_service.request import current_actor, services
from digitize.paper import box_acts as desk
from digitize.paper.documents import BoxList

bp = APIBlueprint("api_paper_boxes", __name__, tag="paper-boxes", url_prefix="/paper-boxes")


class BoxQuery(Given):
    """``text`` is part of a code, shelf or store, or what a label says."""

    text: str = ""


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


offer(bp, "", desk.add_box, creates=True)
offer(bp, "/<path:code>/move", desk.move_box)
offer(bp, "/<path:code>/rename", desk.rename_box)


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
