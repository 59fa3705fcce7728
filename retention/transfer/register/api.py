"""The register of a transfer as it goes over the network, and the answer to one that came."""

import datetime as dt
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from archive_service.api.request import language
from archive_service.request import Body, current_actor, services, takes
from retention.transfer.documents import TransferDocument
from retention.transfer.network import exchange as network_exchange
from retention.transfer.register import send_answer

bp = APIBlueprint("api_transfers_register", __name__, tag="transfers", url_prefix="/transfers")

LONGEST_BODY = 5000  # codes in one request


class RegisterSendingIn(BaseModel):
    """Code or address of the archive that the register goes ``to``, and the number of its paper."""

    model_config = ConfigDict(extra="forbid")

    to: str
    number: str = ""


class RegisterAnswerIn(BaseModel):
    """``declined``: code → reason of each that is not taken; ``wanted_on``: not before this day."""

    model_config = ConfigDict(extra="forbid")

    declined: dict[str, str] = Field(default={}, max_length=LONGEST_BODY)
    wanted_on: dt.date | None = None
    number: str = ""
    reason: str = ""


@bp.post("/<uuid:transfer_id>/register-sending")
@bp.input(RegisterSendingIn)
@bp.output(TransferDocument)
def send(transfer_id: UUID, json_data: RegisterSendingIn) -> TransferDocument:
    """Send an approved register over the network, signed; safe to repeat."""
    return network_exchange.send_register(
        services(),
        transfer_id,
        json_data.to,
        number=json_data.number,
        actor=current_actor(),
        lang=language(),
    )


@bp.post("/<uuid:transfer_id>/register-answer")
@bp.input(RegisterAnswerIn)
@bp.output(TransferDocument)
@takes(Body.LIST, "transfer:decide")
def answer(transfer_id: UUID, json_data: RegisterAnswerIn) -> TransferDocument:
    """Answer the register of another archive; its server fetches the answer."""
    said = send_answer.Said(
        declined=json_data.declined,
        wanted_on=json_data.wanted_on,
        number=json_data.number,
        reason=json_data.reason,
    )
    return send_answer.answer_register(
        services(), transfer_id, said, actor=current_actor(), lang=language()
    )
