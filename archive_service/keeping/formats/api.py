"""Formats held, their risk, and batches of migration."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from archive_service.api.request import language
from archive_service.api.streaming import send
from archive_service.keeping.formats.batches import list_batches, readable_result, show_batch
from archive_service.keeping.formats.documents import (
    FormatList,
    MigrationBatchDocument,
    MigrationBatchList,
)
from archive_service.keeping.formats.watch import list_formats
from archive_service.request import current_actor, services

bp = APIBlueprint("api_formats", __name__, tag="formats", url_prefix="/formats")


@bp.get("")
@bp.output(FormatList)
def formats() -> dict[str, Any]:
    """Every format held with its risk, the worst first."""
    found = list_formats(services(), actor=current_actor())
    return {"formats": [holding.as_document(language()) for holding in found]}


@bp.get("/batches")
@bp.output(MigrationBatchList)
def batches() -> dict[str, Any]:
    """Batches of migration, newest first."""
    return {"batches": list_batches(services(), actor=current_actor())}


@bp.get("/batches/<uuid:batch_id>")
@bp.output(MigrationBatchDocument)
def batch(batch_id: UUID) -> dict[str, Any]:
    """One batch with its files and what was compared."""
    return show_batch(services(), batch_id, actor=current_actor(), lang=language())


@bp.get("/results/<uuid:item_id>")
@bp.doc(responses={200: "The file", 206: "The range asked for", 304: "Unchanged"})
def result(item_id: UUID) -> Response:
    """What was made of one file of a batch, while it waits for a decision."""
    return send(readable_result(services(), item_id, actor=current_actor()))
