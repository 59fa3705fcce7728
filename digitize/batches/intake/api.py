"""Batches of scans: opened, filled with uploaded files, closed; listed and shown."""

from typing import Annotated, Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import ConfigDict, Field

from archive_service.api.fields import judged
from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.paging import MAX_LIMIT, PartQuery, next_cursor, offset_of
from archive_service.api.request import language
from archive_service.api.streaming import send_bytes
from archive_service.domain.digitization.scan_batch import BatchState
from archive_service.given import Given
from archive_service.request import current_actor, services
from digitize.batches.documents import BatchDetail, BatchIntakeDocument, BatchList
from digitize.batches.intake import acts as intake_acts
from digitize.batches.intake.receive import NONE, BatchOrder, require_split
from digitize.batches.queue.views import list_batches, show_batch
from digitize.batches.sources.names import LeftOut, LeftOutReason, visible_name
from ingest.uploads.acts import Sent

bp = APIBlueprint("api_batches", __name__, tag="batches", url_prefix="/batches")


class BatchIn(BatchOrder):
    """A batch as a station announces it; one ``reference`` of its own names one batch.

    ``station`` may be left out by a station's own account.
    """

    model_config = ConfigDict(populate_by_name=False)

    station: str | None = None
    split: Annotated[str, judged(require_split)] = NONE


class BatchFileIn(Given):
    """A finished upload; ``replace``: it stands for an earlier file of this name, not yet whole."""

    upload: UUID
    name: str = ""
    replace: bool = False


class LeftOutIn(Given):
    """A file of the station's folder that it could not send, and why."""

    name: str
    reason: LeftOutReason


class BatchCloseIn(Given):
    """The names of its files in the order of their pages; none: as they came."""

    order: list[str] = Field(default=[])
    left_out: list[LeftOutIn] = Field(default=[])


class BatchQuery(PartQuery):
    """``text`` is a part of a number, a code or the station's own name for it."""

    text: str = ""
    state: BatchState | None = None
    station: str = ""


class SeparatorsQuery(Given):
    """``documents``: numbers of the list, such as ``3,5,8-12``; none: all that await pages."""

    code: str
    documents: str | None = None


class BatchPagesQuery(Given):
    """Which of its pages; all of them without ``limit``."""

    flagged: bool = False
    limit: int | None = Field(None, ge=1, le=MAX_LIMIT)
    offset: int = Field(0, ge=0)


@bp.get("")
@bp.input(BatchQuery, location="query")
@bp.output(BatchList)
def list_all(query_data: BatchQuery) -> dict[str, Any]:
    """Batches the account reaches, newest first."""
    begin = offset_of(query_data.cursor)
    found, total = list_batches(
        services(),
        actor=current_actor(),
        text=query_data.text,
        states=[query_data.state.value] if query_data.state else (),
        station=query_data.station,
        limit=query_data.limit,
        offset=begin,
    )
    cursor = next_cursor(begin + len(found), total)
    return {"batches": found, "total": total, "cursor": cursor}


@bp.get("/separators")
@bp.input(SeparatorsQuery, location="query")
@bp.doc(responses={200: "Separator sheets with QR, PDF/A"})
def separators(query_data: SeparatorsQuery) -> Response:
    """Sheets to lay before the documents of a case file, to be printed."""
    pdf, _ = intake_acts.print_separators(
        services(), query_data.code, query_data.documents, actor=current_actor()
    )
    return send_bytes(pdf, name="separators.pdf", media_type="application/pdf")


@bp.get("/<batch>")
@bp.input(BatchPagesQuery, location="query")
@bp.doc(responses={200: "The batch with its documents, pages, findings and acts on the desk"})
def one(batch: str, query_data: BatchPagesQuery) -> BatchDetail:
    """A batch by its number or id."""
    return show_batch(
        services(),
        batch,
        actor=current_actor(),
        lang=language(),
        flagged=query_data.flagged,
        limit=query_data.limit,
        offset=query_data.offset,
    )


@bp.post("")
@bp.input(BatchIn)
@bp.output(BatchIntakeDocument, status_code=201)
def create(json_data: BatchIn) -> Answer:
    """Open a batch; one of this reference that is there already is answered as it is."""

    def opened() -> dict[str, Any]:
        batch, _ = intake_acts.open_batch(
            services(), json_data, station=json_data.station, actor=current_actor()
        )
        return _intake_document(batch.id)

    return answer_once(json_data.model_dump_json(), opened)


@bp.post("/<uuid:batch_id>/files")
@bp.input(BatchFileIn)
@bp.output(BatchIntakeDocument, status_code=201)
def add_file(batch_id: UUID, json_data: BatchFileIn) -> Answer:
    """Take an uploaded file into a batch; the same file under the same name changes nothing."""

    def added() -> dict[str, Any]:
        intake_acts.add_uploads(
            services(),
            batch_id,
            [Sent(json_data.upload, json_data.name)],
            actor=current_actor(),
            replace_it=json_data.replace,
        )
        return _intake_document(batch_id)

    return answer_once(f"{batch_id}\n{json_data.model_dump_json()}", added)


@bp.post("/<uuid:batch_id>/close")
@bp.input(BatchCloseIn)
@bp.output(BatchIntakeDocument)
def close(batch_id: UUID, json_data: BatchCloseIn) -> dict[str, Any]:
    """All its files are here: it is read by a worker; a second time changes nothing."""
    intake_acts.close_batch(
        services(),
        batch_id,
        actor=current_actor(),
        order=json_data.order or None,
        left_out=[LeftOut(visible_name(file.name), file.reason) for file in json_data.left_out],
    )
    return _intake_document(batch_id)


def _intake_document(batch_id: UUID) -> dict[str, Any]:
    return intake_acts.intake_document(services(), batch_id, actor=current_actor(), lang=language())
