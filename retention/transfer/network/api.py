"""A built transfer goes to a partner's server; how far it is, and what the other side says."""

from uuid import UUID

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.api.request import language
from archive_service.given import Given
from archive_service.request import current_actor, services
from retention.transfer.network import exchange as network_exchange
from retention.transfer.network import send as network_send
from retention.transfer.network.delivery_allowance import SendingNoneError
from retention.transfer.network.documents import SendingDocument

bp = APIBlueprint("api_transfers_send", __name__, tag="transfers", url_prefix="/transfers")


class SendingIn(Given):
    """``to``: code of a partner, or the address of its server; ``now``: whatever the hours are."""

    to: str
    now: bool = False


@bp.put("/<uuid:transfer_id>/sending")
@bp.input(SendingIn)
@bp.output(SendingDocument)
def send(transfer_id: UUID, json_data: SendingIn) -> SendingDocument:
    """Send it, or go on at once with what waits; workers do it. Safe to repeat."""
    return network_send.send(
        services(),
        transfer_id,
        json_data.to,
        at_once=json_data.now,
        actor=current_actor(),
        lang=language(),
    ).sending


@bp.get("/<uuid:transfer_id>/sending")
@bp.output(SendingDocument)
def show(transfer_id: UUID) -> SendingDocument:
    """How much is there, and what stopped it last."""
    found = network_send.sending_of(services(), transfer_id, actor=current_actor())
    if found is None:
        raise SendingNoneError(id=transfer_id)
    return found


offer(bp, "/<uuid:transfer_id>/exchange", network_exchange.exchange)
