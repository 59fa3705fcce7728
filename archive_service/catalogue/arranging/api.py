"""Documents of case files in their place: moved, merged, reordered, taken back."""

from typing import Any

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.request import language
from archive_service.catalogue.arranging import acts as arranging_acts
from archive_service.catalogue.arranging import split_undo
from archive_service.finding_document import FindingDocument
from archive_service.given import Given
from archive_service.request import current_actor, services

bp = APIBlueprint("api_arranging", __name__, tag="case-files", url_prefix="/case-files")


class MoveIn(Given):
    """Documents by their ordinals; all that stand in the case file where none is named."""

    documents: list[int] = Field(default=[], max_length=10_000)
    to: str
    reason: str


class SplitIn(Given):
    """Documents by their ordinals, and code and title of the new case file."""

    documents: list[int] = Field(min_length=1, max_length=10_000)
    code: str
    title: str
    reason: str


class MovedDocument(BaseModel):
    """Its ordinal before, and in the receiving case file; ``from`` in the document."""

    model_config = ConfigDict(serialize_by_alias=True)

    was: int = Field(alias="from")
    to: int


class MoveDone(BaseModel):
    """What was moved."""

    code: str
    target: str
    moved: list[MovedDocument]


class SplitDone(MoveDone):
    """What was moved, and in what the new case file differs from the file plan."""

    findings: list[FindingDocument]


class OrderIn(Given):
    """Every ordinal once, in the order that is wanted."""

    order: list[int]
    reason: str


class OrderDone(BaseModel):
    """The documents by their titles, as they stand now."""

    code: str
    documents: list[str]


class UndoIn(Given):
    """Why it is taken back."""

    reason: str


class Place(BaseModel):
    """Where the document is again."""

    code: str
    ordinal: int


@bp.post("/<code>/moves")
@bp.input(MoveIn)
@bp.output(MoveDone, status_code=201)
def move(code: str, json_data: MoveIn) -> Answer:
    """Move documents to another case file of the fonds; without documents all of them."""
    given: dict[str, Any] = {"reason": json_data.reason, "actor": current_actor()}

    def moved() -> dict[str, Any]:
        if json_data.documents:
            return arranging_acts.move(services(), code, json_data.documents, json_data.to, **given)
        return arranging_acts.merge(services(), code, json_data.to, **given)

    return answer_once(json_data.model_dump_json(), moved)


@bp.post("/<code>/splits")
@bp.input(SplitIn)
@bp.output(SplitDone, status_code=201)
def split(code: str, json_data: SplitIn) -> Answer:
    """Take documents out into a new case file, described and kept as the old one."""

    def create() -> dict[str, Any]:
        return arranging_acts.split(
            services(),
            code,
            json_data.documents,
            json_data.code,
            title=json_data.title,
            reason=json_data.reason,
            actor=current_actor(),
            lang=language(),
        )

    return answer_once(json_data.model_dump_json(), create)


@bp.post("/<code>/undo-split")
@bp.input(UndoIn)
@bp.output(MoveDone)
def undo_split(code: str, json_data: UndoIn) -> dict[str, Any]:
    """All documents of a split back to where they came from, if nothing changed since."""
    return split_undo.undo_split(services(), code, reason=json_data.reason, actor=current_actor())


@bp.put("/<code>/order")
@bp.input(OrderIn)
@bp.output(OrderDone)
def order(code: str, json_data: OrderIn) -> dict[str, Any]:
    """Put the documents in another order."""
    return arranging_acts.reorder(
        services(), code, json_data.order, reason=json_data.reason, actor=current_actor()
    )


@bp.post("/<code>/documents/<int:ordinal>/undo-move")
@bp.input(UndoIn)
@bp.output(Place)
def undo(code: str, ordinal: int, json_data: UndoIn) -> dict[str, Any]:
    """Take a moved document back, if nothing changed since."""
    return arranging_acts.undo(
        services(), code, ordinal, reason=json_data.reason, actor=current_actor()
    )
