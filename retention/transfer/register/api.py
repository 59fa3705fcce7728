"""The register of a transfer as it goes over the network, and the answer to one that came."""

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.request import Body
from retention.transfer.network import exchange as network_exchange
from retention.transfer.register import send_answer

bp = APIBlueprint("api_transfers_register", __name__, tag="transfers", url_prefix="/transfers")


offer(bp, "/<uuid:transfer_id>/register-sending", network_exchange.send_register)
offer(
    bp,
    "/<uuid:transfer_id>/register-answer",
    send_answer.answer_register,
    body=(Body.LIST, "transfer:decide"),
)
