"""Transfers that come in: what is taken of them, and what goes back."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from archive_service.api.request import language
from archive_service.request import Body, current_actor, services, takes
from retention.transfer.documents import TransferDocument
from retention.transfer.receiving import decide as receiving_decide

bp = APIBlueprint("api_transfers_in", __name__, tag="transfers", url_prefix="/transfers")

LONGEST_BODY = 5000  # codes in one request; what has an error goes back by itself


class DecisionIn(BaseModel):
    """``returned``: code → reason of what goes back beside what has an error."""

    model_config = ConfigDict(extra="forbid")

    returned: dict[str, str] = Field(default={}, max_length=LONGEST_BODY)
    reason: str = ""


@bp.post("/<uuid:transfer_id>/decision")
@bp.input(DecisionIn)
@bp.output(TransferDocument)
@takes(Body.LIST, "transfer:decide")
def decide(transfer_id: UUID, json_data: DecisionIn) -> dict[str, Any]:
    """Accept what came, but return what has an error or is named; jobs carry it out."""
    return receiving_decide.decide(
        services(),
        transfer_id,
        returned=json_data.returned,
        reason=json_data.reason,
        actor=current_actor(),
        lang=language(),
    )
