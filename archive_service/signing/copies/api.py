"""The agency's seal on digitized copies: what waits, and the clerk's orders to sign it."""

from http import HTTPMethod
from typing import Literal

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from archive_service.api.offered import offer
from archive_service.api.request import language
from archive_service.api.streaming import send_bytes
from archive_service.given import Given
from archive_service.request import current_actor, services
from archive_service.signing.copies import issuing, orders, waiting
from archive_service.signing.copies.check_codes import withdraw_copy
from archive_service.signing.copies.documents import SealList

bp = APIBlueprint(
    "api_signing_orders", __name__, tag="signing-orders", url_prefix="/signing-orders"
)


class CopyIn(Given):
    """A copy for use of one document: ``form`` is ``sao-y``, ``sao-luc`` or ``trich-sao``."""

    code: str
    document: int = Field(ge=1)
    form: Literal["sao-y", "sao-luc", "trich-sao"]
    pages: str = ""


@bp.get("")
@bp.output(SealList)
def list_all() -> SealList:
    """What waits, by seal, with the last order of each."""
    seals = waiting.copies_summary(services(), actor=current_actor(), lang=language())
    return SealList(seals=seals)


offer(bp, "", orders.order_signatures, creates=True)


offer(bp, "/resume", orders.resume_orders)


offer(bp, "/<uuid:order_id>", orders.get_order, method=HTTPMethod.GET)


@bp.post("/copies")
@bp.input(CopyIn)
@bp.doc(responses={200: "The signed copy"})
def issue(json_data: CopyIn) -> Response:
    """A signed copy of a stored document for use; each request makes and notes a new one."""
    record, data = issuing.issue_copy(
        services(),
        json_data.code,
        json_data.document,
        form=json_data.form,
        pages=json_data.pages,
        actor=current_actor(),
    )
    return send_bytes(data, name=record["name"], media_type="application/pdf")


offer(bp, "/copies/withdraw", withdraw_copy)
