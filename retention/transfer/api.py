"""Transfers to the historical archive: composed, approved, registered, answered, withdrawn."""

import datetime as dt
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from archive_service import access, clock
from archive_service.api.errors import NothingListed
from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.paging import TransferItemQuery, TransferQuery
from archive_service.api.request import language
from archive_service.db.paging import Order, part_of
from archive_service.domain.transfer.transfer import Transfer
from archive_service.errors import ConflictError
from archive_service.request import Body, current_actor, services, takes
from retention.transfer.documents import TransferDocument, TransferItemList, TransferList
from retention.transfer.items import IN_ORDER, matching_items
from retention.transfer.listing import (
    get_transfer,
    item_document,
    matching_transfers,
    transfer_document,
    transfer_documents,
)
from retention.transfer.register import acts as register_acts
from retention.transfer.register import answer as register_answer

bp = APIBlueprint("api_transfers", __name__, tag="transfers", url_prefix="/transfers")


def _moment(text: str) -> dt.datetime:
    return clock.parse_iso(text)


LONGEST_BODY = 5000  # codes in one request; more come by amending
_NEWEST_FIRST = Order(
    columns=(Transfer.composed_at, Transfer.id),
    write=(clock.iso, str),
    read=(_moment, UUID),
    newest_first=True,
)


class NothingRegisteredError(NothingListed, ConflictError):
    """Not one of the case files may be registered: ``items`` are as they would stand there."""

    code, check = "transfer-nothing-registered", "transfer"


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RegisterIn(_In):
    """Case files of one agency, and the historical archive ``to`` which they go."""

    codes: list[str] = Field(min_length=1, max_length=LONGEST_BODY)
    to: str
    reason: str = ""


class AmendIn(_In):
    """Case files put on the register, and taken off it; ``to``: another archive."""

    add: list[str] = Field(default=[], max_length=LONGEST_BODY)
    drop: list[str] = Field(default=[], max_length=LONGEST_BODY)
    to: str = ""


class ApprovalIn(_In):
    """``list_sha256`` of the register as it was read; where it is given, another is refused."""

    number: str = ""
    list_sha256: str | None = None


class SentIn(_In):
    """Number and day of the paper with which the register went."""

    on: dt.date
    number: str = ""


class AnswerIn(_In):
    """The other archive's answer; ``declined``: code → reason of each that it does not take."""

    on: dt.date
    number: str = ""
    reason: str = ""
    declined: dict[str, str] = {}


class WithdrawalIn(_In):
    """Why nothing of it goes."""

    reason: str


@bp.get("")
@bp.input(TransferQuery, location="query")
@bp.output(TransferList)
def list_all(query_data: TransferQuery) -> dict[str, Any]:
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
        return {"transfers": found, "cursor": part.cursor}


@bp.post("")
@bp.input(RegisterIn)
@bp.output(TransferDocument, status_code=201)
def register(json_data: RegisterIn) -> Answer:
    """Compose a register; case files that may not be on it stand there as refused.

    Where none may be, nothing is made, and the problem names each with its reason.
    """

    def create() -> dict[str, Any]:
        document = register_acts.register(
            services(),
            json_data.codes,
            to=json_data.to,
            reason=json_data.reason,
            actor=current_actor(),
            lang=language(),
        )
        if document["id"] is None:
            raise NothingRegisteredError(count=len(document["items"]), items=document["items"])
        return document

    return answer_once(json_data.model_dump_json(), create)


@bp.get("/<uuid:transfer_id>")
@bp.output(TransferDocument)
def show(transfer_id: UUID) -> dict[str, Any]:
    """One transfer with its first items; all of them are in the list of its items."""
    actor = current_actor()
    access.require(actor, "transfer:list")
    with services().read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        return transfer_document(session, row, language())


@bp.get("/<uuid:transfer_id>/items")
@bp.input(TransferItemQuery, location="query")
@bp.output(TransferItemList)
def list_items(transfer_id: UUID, query_data: TransferItemQuery) -> dict[str, Any]:
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
        found = [item_document(one, language()) for one in part.rows]
        return {"items": found, "cursor": part.cursor}


@bp.post("/<uuid:transfer_id>/amend")
@bp.input(AmendIn)
@bp.output(TransferDocument)
def amend(transfer_id: UUID, json_data: AmendIn) -> dict[str, Any]:
    """Change the register; it is a draft again."""
    return register_acts.amend(
        services(),
        transfer_id,
        add=json_data.add,
        drop=json_data.drop,
        to=json_data.to,
        actor=current_actor(),
        lang=language(),
    )


@bp.post("/<uuid:transfer_id>/approval")
@bp.input(ApprovalIn)
@bp.output(TransferDocument)
def approve(transfer_id: UUID, json_data: ApprovalIn) -> dict[str, Any]:
    """Let the register go; the head of the agency alone."""
    return register_acts.approve(
        services(),
        transfer_id,
        number=json_data.number,
        actor=current_actor(),
        list_sha256=json_data.list_sha256,
        lang=language(),
    )


@bp.post("/<uuid:transfer_id>/registered")
@bp.input(SentIn)
@bp.output(TransferDocument)
def note_sent(transfer_id: UUID, json_data: SentIn) -> dict[str, Any]:
    """Note that the register went to the other archive on paper."""
    return register_answer.note_sent(
        services(),
        transfer_id,
        on=json_data.on,
        number=json_data.number,
        actor=current_actor(),
        lang=language(),
    )


@bp.post("/<uuid:transfer_id>/answer")
@bp.input(AnswerIn)
@bp.output(TransferDocument)
@takes(Body.LIST, "transfer:compose")
def note_answer(transfer_id: UUID, json_data: AnswerIn) -> dict[str, Any]:
    """Note the other archive's answer."""
    return register_answer.note_answer(
        services(),
        transfer_id,
        on=json_data.on,
        number=json_data.number,
        reason=json_data.reason,
        declined=json_data.declined,
        actor=current_actor(),
        lang=language(),
    )


@bp.post("/<uuid:transfer_id>/withdrawal")
@bp.input(WithdrawalIn)
@bp.output(TransferDocument)
def withdraw(transfer_id: UUID, json_data: WithdrawalIn) -> dict[str, Any]:
    """Let nothing of the register go."""
    return register_answer.withdraw(
        services(),
        transfer_id,
        reason=json_data.reason,
        actor=current_actor(),
        lang=language(),
    )
