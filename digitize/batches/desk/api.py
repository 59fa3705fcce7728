"""Batches on the desk: acts with undo, pages and their pictures, release and rejection."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

from archive_service.api.errors import findings_of
from archive_service.api.fields import WrongField
from archive_service.api.offered import offer
from archive_service.api.paging import PartQuery, next_cursor, offset_of
from archive_service.api.request import language
from archive_service.api.streaming import send, send_bytes
from archive_service.finding_document import FindingDocument
from archive_service.formats.picture import MEDIA_TYPE
from archive_service.request import current_actor, services
from digitize.batches.desk import acts as desk_acts
from digitize.batches.desk import strip as desk_strip
from digitize.batches.desk.documents import EditDone
from digitize.batches.desk.edit_facts import KINDS, EditFactsError, facts_of, require_facts
from digitize.batches.documents import PageDetail
from digitize.batches.queue import views as queue_views
from ingest.uploads.acts import upload_folder

bp = APIBlueprint("api_batches_desk", __name__, tag="batches-desk", url_prefix="/batches")


@findings_of.register
def _(error: EditFactsError, lang: str) -> list[FindingDocument]:
    wrong = (WrongField(f"json.facts.{name}", why) for name, why in error.fields.items())
    return [refusal.told(lang) for refusal in wrong]


def _act(kind: str) -> dict[str, JsonValue]:
    """The schema of an act's facts, for OpenAPI; the act itself judges them."""
    facts = facts_of(kind)
    needed: list[JsonValue] = [fact.name for fact in facts if fact.needed]
    schema: dict[str, JsonValue] = {
        "type": "object",
        "properties": {fact.name: TypeAdapter(fact.type).json_schema() for fact in facts},
        "required": needed,
        "additionalProperties": False,
    }
    more = ["facts"] * bool(needed) + ["upload"] * (kind in desk_acts.WITH_FILE)
    return {
        "title": kind,
        "properties": {"kind": {"const": kind}, "facts": schema},
        "required": ["kind", *more],
    }


class EditIn(BaseModel):
    """One act and its facts, with ids of pages and documents; ``upload`` brings its file.

    ``set-dpi`` takes ``numbers`` in place of a page: those without a resolution, ``all`` of them
    or among the pages of these numbers, such as ``1-20,33``.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"oneOf": [_act(kind) for kind in KINDS]}
    )

    kind: str
    facts: dict[str, JsonValue] = {}
    upload: UUID | None = None
    name: str = ""


class TicketQuery(PartQuery):
    """``finished``: also those that were answered."""

    station: str = ""
    finished: bool = False


@bp.get("/tickets")
@bp.input(TicketQuery, location="query")
@bp.doc(responses={200: "Tickets: {tickets, total, cursor}"})
def tickets(query_data: TicketQuery) -> dict[str, Any]:
    """Pages that stations are to scan again, oldest first."""
    begin = offset_of(query_data.cursor)
    found, total = queue_views.list_tickets(
        services(),
        actor=current_actor(),
        station=query_data.station,
        finished=query_data.finished,
        limit=query_data.limit,
        offset=begin,
        lang=language(),
    )
    return {"tickets": found, "total": total, "cursor": next_cursor(begin + len(found), total)}


@bp.get("/pages/<uuid:page_id>")
@bp.doc(responses={200: "The page with its measures, findings and words"})
def page(page_id: UUID) -> PageDetail:
    """One page of a batch."""
    return desk_strip.show_page(services(), page_id, actor=current_actor(), lang=language())


@bp.get("/pages/<uuid:page_id>/picture")
@bp.doc(responses={200: "The page upright, a JPEG"})
def picture(page_id: UUID) -> Response:
    """The page as a browser shows it."""
    data = desk_strip.page_picture(services(), page_id, actor=current_actor())
    return send_bytes(data, name=f"{page_id}.jpg", media_type=MEDIA_TYPE)


@bp.get("/pages/<uuid:page_id>/straight-picture")
@bp.doc(responses={200: "The sheet of a photographed page, straightened; a JPEG, derived"})
def straight_picture(page_id: UUID) -> Response:
    """A photographed page as its text was read; the photograph itself is ``image``."""
    data = desk_strip.straight_picture(services(), page_id, actor=current_actor())
    return send_bytes(data, name=f"{page_id}-straight.jpg", media_type=MEDIA_TYPE)


@bp.get("/pages/<uuid:page_id>/thumbnail")
@bp.doc(responses={200: "The page, 200 pixels wide, a JPEG"})
def thumbnail(page_id: UUID) -> Response:
    """A small picture of the page."""
    data = desk_strip.page_thumbnail(services(), page_id, actor=current_actor())
    return send_bytes(data, name=f"{page_id}.jpg", media_type=MEDIA_TYPE)


@bp.get("/pages/<uuid:page_id>/image")
@bp.doc(responses={200: "The page as it was scanned, byte for byte"})
def image(page_id: UUID) -> Response:
    """The image of a page, in the format it came in."""
    return send(desk_strip.page_original(services(), page_id, actor=current_actor()))


@bp.post("/<batch>/edits")
@bp.input(EditIn)
@bp.output(EditDone)
def edit(batch: str, json_data: EditIn) -> EditDone:
    """Do one act; it can be undone."""
    actor, archive = current_actor(), services()
    facts = {name: value for name, value in json_data.facts.items() if value is not None}
    require_facts(json_data.kind, facts)  # before a file is asked for
    if json_data.upload is None:
        return desk_acts.edit(archive, batch, json_data.kind, facts, actor=actor)
    folder = upload_folder(archive)
    sent = folder.whole(json_data.upload, owner=actor.account)
    with folder.path(sent.id).open("rb") as source:
        done = desk_acts.edit_with_file(
            archive,
            batch,
            json_data.kind,
            facts,
            name=json_data.name or sent.name,
            source=source,
            actor=actor,
        )
    folder.discard([sent.id])
    return done


offer(bp, "/<batch>/undo", desk_acts.undo, location="query")
offer(bp, "/<batch>/redo", desk_acts.redo, location="query")
offer(bp, "/<batch>/release", desk_acts.release)
offer(bp, "/<batch>/reject", desk_acts.reject)
