"""Many case files described by one order: looked at first, applied, taken back."""

from http import HTTPMethod
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.paging import PartQuery
from archive_service.api.request import language
from archive_service.catalogue.holdings.listing import Narrowing
from archive_service.catalogue.many import acts as many_acts
from archive_service.catalogue.many import views as many_views
from archive_service.catalogue.many.documents import (
    DescriptionBatchDocument,
    DescriptionBatchList,
    DescriptionItemList,
    DescriptionOrder,
)
from archive_service.domain.case_files.case_file import CaseState
from archive_service.domain.case_files.description_batch import ItemState
from archive_service.given import Given
from archive_service.request import Body, current_actor, services, takes

bp = APIBlueprint(
    "api_description_batches", __name__, tag="case-files", url_prefix="/description-batches"
)


class MeantCaseFiles(Given):
    """All case files of the list when it is narrowed like this."""

    text: str = ""
    state: CaseState | None = None
    agency: str = ""
    year: int | None = None


class DescriptionBatchIn(Given):
    """Orders for the case files of these codes, or for those of a narrowed list."""

    reason: str
    orders: list[DescriptionOrder]
    codes: list[str] | None = None
    matching: MeantCaseFiles | None = None


class UndoIn(Given):
    """Why it is taken back."""

    reason: str = Field(max_length=1000)


class ItemQuery(PartQuery):
    """Case files in one state."""

    state: ItemState | None = None


@bp.get("")
@bp.input(PartQuery, location="query")
@bp.output(DescriptionBatchList)
def list_all(query_data: PartQuery) -> dict[str, Any]:
    """Batches, the newest first."""
    return many_views.batches_part(
        services(), actor=current_actor(), limit=query_data.limit, cursor=query_data.cursor
    )


@bp.post("")
@bp.input(DescriptionBatchIn)
@bp.output(DescriptionBatchDocument, status_code=201)
@takes(Body.LIST, "case-file:describe")
def create(json_data: DescriptionBatchIn) -> Answer:
    """Look what the orders would change; nothing is changed before the batch is applied."""
    actor, archive = current_actor(), services()

    def made() -> DescriptionBatchDocument:
        meant = json_data.matching
        narrowing = None if meant is None else Narrowing(**meant.model_dump())
        codes = json_data.codes if narrowing is None else None
        batch = many_acts.begin(
            archive,
            [order.model_dump() for order in json_data.orders],
            reason=json_data.reason,
            actor=actor,
            codes=codes if codes is not None or narrowing is not None else [],
            narrowing=narrowing,
        )
        return many_views.batch_document(archive, batch, actor=actor)

    return answer_once(json_data.model_dump_json(), made)


offer(bp, "/<uuid:batch_id>", many_views.batch_document, method=HTTPMethod.GET)


@bp.get("/<uuid:batch_id>/case-files")
@bp.input(ItemQuery, location="query")
@bp.output(DescriptionItemList)
def case_files(batch_id: UUID, query_data: ItemQuery) -> dict[str, Any]:
    """What changes in each case file, before and after; or why nothing does."""
    return many_views.items_part(
        services(),
        batch_id,
        actor=current_actor(),
        state=query_data.state,
        limit=query_data.limit,
        cursor=query_data.cursor,
        lang=language(),
    )


@bp.post("/<uuid:batch_id>/apply")
@bp.output(DescriptionBatchDocument, status_code=202)
def apply(batch_id: UUID) -> DescriptionBatchDocument:
    """Do what was shown; each case file gets one more version."""
    many_acts.apply(services(), batch_id, actor=current_actor())
    return many_views.batch_document(services(), batch_id, actor=current_actor())


@bp.post("/<uuid:batch_id>/drop")
@bp.output(DescriptionBatchDocument)
def drop(batch_id: UUID) -> DescriptionBatchDocument:
    """Do nothing of it."""
    many_acts.drop(services(), batch_id, actor=current_actor())
    return many_views.batch_document(services(), batch_id, actor=current_actor())


@bp.post("/<uuid:batch_id>/undo")
@bp.input(UndoIn)
@bp.output(DescriptionBatchDocument, status_code=201)
def undo(batch_id: UUID, json_data: UndoIn) -> Answer:
    """A batch that takes this one back; it is looked at and applied as any other."""
    actor, archive = current_actor(), services()

    def made() -> DescriptionBatchDocument:
        back = many_acts.undo(archive, batch_id, reason=json_data.reason, actor=actor)
        return many_views.batch_document(archive, back, actor=actor)

    return answer_once(f"{batch_id} {json_data.model_dump_json()}", made)
