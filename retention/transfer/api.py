"""Transfers to the historical archive: composed, approved, registered, answered, withdrawn."""

from uuid import UUID

from apiflask import APIBlueprint

from archive_service import access
from archive_service.api.offered import offer
from archive_service.api.paging import TransferItemQuery, TransferQuery
from archive_service.api.request import language
from archive_service.db.paging import Order, part_of
from archive_service.domain.transfer.transfer import Transfer
from archive_service.request import Body, current_actor, services
from retention.transfer.documents import (
    TransferDocument,
    TransferItemDocument,
    TransferItemList,
    TransferList,
)
from retention.transfer.items import IN_ORDER, matching_items
from retention.transfer.listing import (
    get_transfer,
    matching_transfers,
    transfer_document,
    transfer_documents,
)
from retention.transfer.register import acts as register_acts
from retention.transfer.register import answer as register_answer

bp = APIBlueprint("api_transfers", __name__, tag="transfers", url_prefix="/transfers")


_NEWEST_FIRST = Order.by_moment(Transfer.composed_at, Transfer.id)


@bp.get("")
@bp.input(TransferQuery, location="query")
@bp.output(TransferList)
def list_all(query_data: TransferQuery) -> TransferList:
    """Transfers the account may know of, the newest first."""
    actor = current_actor()
    access.require(actor, "transfer:list")
    query = matching_transfers(
        actor=actor,
        state=query_data.state or "",
        direction=query_data.direction or "",
        late=query_data.late,
    )
    with services().read_only() as session:
        part = part_of(
            session,
            query,
            _NEWEST_FIRST,
            limit=query_data.limit,
            cursor=query_data.cursor,
        )
        found = transfer_documents(session, part.rows, language())
        return TransferList(transfers=found, cursor=part.cursor)


offer(bp, "", register_acts.register, creates=True)


@bp.get("/<uuid:transfer_id>")
@bp.output(TransferDocument)
def show(transfer_id: UUID) -> TransferDocument:
    """One transfer with its first items; all of them are in the list of its items."""
    actor = current_actor()
    access.require(actor, "transfer:list")
    with services().read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        return transfer_document(session, row, language())


@bp.get("/<uuid:transfer_id>/items")
@bp.input(TransferItemQuery, location="query")
@bp.output(TransferItemList)
def list_items(transfer_id: UUID, query_data: TransferItemQuery) -> TransferItemList:
    """Its case files in the order of the register, in one state or all."""
    actor = current_actor()
    access.require(actor, "transfer:list")
    with services().read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        part = part_of(
            session,
            matching_items(row, state=query_data.state or "", text=query_data.text or ""),
            IN_ORDER,
            limit=query_data.limit,
            cursor=query_data.cursor,
        )
        found = [TransferItemDocument.of(transfer_item, language()) for transfer_item in part.rows]
        return TransferItemList(items=found, cursor=part.cursor)


_ONE = "/<uuid:transfer_id>"
_LONG = (Body.LIST, "transfer:compose")
offer(bp, f"{_ONE}/amend", register_acts.amend)
offer(bp, f"{_ONE}/approval", register_acts.approve)
offer(bp, f"{_ONE}/registered", register_answer.note_sent)
offer(bp, f"{_ONE}/answer", register_answer.note_answer, body=_LONG)
offer(bp, f"{_ONE}/withdrawal", register_answer.withdraw)
