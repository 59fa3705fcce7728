"""Deliveries: one list of many case files, taken in by a job; its progress and what it refused."""

from http import HTTPMethod
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.paging import PartQuery
from archive_service.api.request import language
from archive_service.api.streaming import send_bytes
from archive_service.db.paging import part_of
from archive_service.domain.intake.delivery import DeliveryState
from archive_service.given import Given
from archive_service.request import current_actor, services
from ingest.deliveries import acts as deliveries_acts
from ingest.deliveries.delivery import find_delivery
from ingest.deliveries.documents import DeliveryDocument, DeliveryList, RefusalDocument, RefusalList
from ingest.deliveries.receipts import read_delivery_receipt
from ingest.deliveries.views import BY_ROW, NEWEST_FIRST, matching_deliveries, outcomes, refusals_of

bp = APIBlueprint("api_deliveries", __name__, tag="deliveries", url_prefix="/deliveries")


class DeliveryQuery(PartQuery):
    """Deliveries in one state."""

    state: DeliveryState | None = None


class DeliveryIn(Given):
    """A finished upload: a ZIP of a list and its files, or a list alone, and its name."""

    upload: UUID
    name: str = Field("", max_length=500)


@bp.get("")
@bp.input(DeliveryQuery, location="query")
@bp.output(DeliveryList)
def list_all(query_data: DeliveryQuery) -> dict[str, Any]:
    """Deliveries the account may see, the newest first."""
    query = matching_deliveries(actor=current_actor(), state=query_data.state)
    with services().read_only() as session:
        part = part_of(
            session, query, NEWEST_FIRST, limit=query_data.limit, cursor=query_data.cursor
        )
        outcomes_by_id = outcomes(session, part.rows)
    found = [
        DeliveryDocument.of(row, outcomes_by_id[row.id], language()).model_dump()
        for row in part.rows
    ]
    return {"deliveries": found, "cursor": part.cursor}


@bp.post("")
@bp.input(DeliveryIn)
@bp.output(DeliveryDocument, status_code=201)
def create(json_data: DeliveryIn) -> Answer:
    """Begin to take in what was uploaded; ask for it again to see how far it is."""
    actor, archive = current_actor(), services()

    def begin() -> DeliveryDocument:
        delivery_id = deliveries_acts.deliver_upload(
            json_data.upload, json_data.name, actor=actor, services=archive
        )
        return deliveries_acts.show_delivery(archive, delivery_id, actor=actor, lang=language())

    return answer_once(json_data.model_dump_json(), begin)


offer(bp, "/<uuid:delivery_id>", deliveries_acts.show_delivery, method=HTTPMethod.GET)


@bp.get("/<uuid:delivery_id>/refused")
@bp.input(PartQuery, location="query")
@bp.output(RefusalList)
def refused(delivery_id: UUID, query_data: PartQuery) -> dict[str, Any]:
    """The case files that were not taken, with what to mend."""
    with services().read_only() as session:
        find_delivery(session, delivery_id, actor=current_actor())
        part = part_of(
            session,
            refusals_of(delivery_id),
            BY_ROW,
            limit=query_data.limit,
            cursor=query_data.cursor,
        )
    found = [RefusalDocument.of(row, language()).model_dump() for row in part.rows]
    return {"refused": found, "cursor": part.cursor}


offer(bp, "/<uuid:delivery_id>/stop", deliveries_acts.stop)
offer(bp, "/<uuid:delivery_id>/resume", deliveries_acts.resume)
offer(bp, "/<uuid:delivery_id>/close", deliveries_acts.close)


@bp.get("/<uuid:delivery_id>/receipt")
@bp.doc(responses={200: "The signed receipt, PDF/A"})
def receipt(delivery_id: UUID) -> Response:
    """The one signed receipt of all its case files, once each is decided and stored."""
    number, data = read_delivery_receipt(services(), delivery_id, actor=current_actor())
    return send_bytes(data, name=f"{number.replace('/', '-')}.pdf", media_type="application/pdf")
