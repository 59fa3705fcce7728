"""The register of a transfer as it goes over the network, and the answer to one that came."""

from uuid import UUID

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.api.request import language
from archive_service.given import Given
from archive_service.request import Body, current_actor, services
from retention.transfer.documents import TransferDocument
from retention.transfer.network import exchange as network_exchange
from retention.transfer.register import send_answer

bp = APIBlueprint("api_transfers_register", __name__, tag="transfers", url_prefix="/transfers")


class RegisterSendingIn(Given):
    """Code or address of the archive that the register goes ``to``, and the number of its paper."""

    to: str
    number: str = ""


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


offer(
    bp,
    "/<uuid:transfer_id>/register-answer",
    send_answer.answer_register,
    body=(Body.LIST, "transfer:decide"),
)
