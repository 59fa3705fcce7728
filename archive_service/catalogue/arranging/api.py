"""Documents of case files in their place: moved, merged, reordered, taken back."""

from http import HTTPMethod

from apiflask import APIBlueprint
from pydantic import Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.catalogue.arranging import acts as arranging_acts
from archive_service.catalogue.arranging.documents import MoveDone
from archive_service.catalogue.arranging.given import MergeGiven, MoveGiven
from archive_service.catalogue.arranging.split_undo import undo_split
from archive_service.given import Given
from archive_service.request import current_actor, services

bp = APIBlueprint("api_arranging", __name__, tag="case-files", url_prefix="/case-files")


class MoveIn(Given):
    """Documents by their ordinals; all that stand in the case file where none is named."""

    documents: list[int] = Field(default=[], max_length=10_000)
    to: str
    reason: str


@bp.post("/<code>/moves")
@bp.input(MoveIn)
@bp.output(MoveDone, status_code=201)
def move(code: str, json_data: MoveIn) -> Answer:
    """Move documents to another case file of the fonds; without documents all of them."""

    def moved() -> MoveDone:
        actor, into = current_actor(), {"to": json_data.to, "reason": json_data.reason}
        if json_data.documents:
            given = MoveGiven(documents=json_data.documents, **into)
            return arranging_acts.move(services(), code, given, actor=actor)
        return arranging_acts.merge(services(), code, MergeGiven(**into), actor=actor)

    return answer_once(json_data.model_dump_json(), moved)


offer(bp, "/<code>/splits", arranging_acts.split, creates=True)
offer(bp, "/<code>/undo-split", undo_split)
offer(bp, "/<code>/order", arranging_acts.reorder, method=HTTPMethod.PUT)
offer(bp, "/<code>/documents/<int:ordinal>/undo-move", arranging_acts.undo)
