"""Transfers that come in: what is taken of them, and what goes back."""

from apiflask import APIBlueprint

from archive_service.api.offered import offer
from archive_service.request import Body
from retention.transfer.receiving.decide import decide

bp = APIBlueprint("api_transfers_in", __name__, tag="transfers", url_prefix="/transfers")

offer(bp, "/<uuid:transfer_id>/decision", decide, body=(Body.LIST, "transfer:decide"))
