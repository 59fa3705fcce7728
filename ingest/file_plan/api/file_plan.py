"""One file plan: read, its draft changed, amended, added to from outside, printed and signed."""

import tempfile
from pathlib import Path
from typing import Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.request import language
from archive_service.forms import docx, xlsx
from archive_service.given import Given
from archive_service.request import current_actor, services
from ingest.file_plan import edit_acts as edits
from ingest.file_plan.documents import (
    ChangeIn,
    CopyIn,
    EntryIn,
    FilePlanWhole,
    NumberingIn,
    OutsideIn,
    ReasonIn,
    SignerIn,
)
from ingest.file_plan.edit import Place
from ingest.file_plan.papers import ask_for_signature, write_plan
from ingest.file_plan.views import Narrowed, open_plan

bp = APIBlueprint("api_file_plan", __name__, tag="file-plans", url_prefix="/file-plans")

_MEDIA_TYPES = {"pdf": "application/pdf", "docx": docx.MEDIA_TYPE, "xlsx": xlsx.MEDIA_TYPE}


class PlanQuery(Given):
    """Which entries are asked for."""

    show: Literal["", "mine", "missing", "late", "outside"] = ""
    q: str = ""


class PaperQuery(Given):
    """In which form the plan is written."""

    form: Literal["pdf", "docx", "xlsx"] = "pdf"


@bp.get("/<uuid:plan_id>")
@bp.input(PlanQuery, location="query")
@bp.output(FilePlanWhole)
def one(plan_id: UUID, query_data: PlanQuery) -> FilePlanWhole:
    """A plan with headings, entries, versions and papers."""
    return _plan(plan_id, Narrowed(show=query_data.show, text=query_data.q))


@bp.get("/<uuid:plan_id>/paper")
@bp.input(PaperQuery, location="query")
def paper(plan_id: UUID, query_data: PaperQuery) -> Response:
    """The plan as it is now: PDF/A, DOCX or XLSX."""
    with tempfile.TemporaryDirectory(dir=services().work_folder, prefix="plan-") as folder:
        target = Path(folder) / f"danh-muc-ho-so.{query_data.form}"
        write_plan(services(), plan_id, target, actor=current_actor())
        return Response(target.read_bytes(), mimetype=_MEDIA_TYPES[query_data.form])


@bp.post("/<uuid:plan_id>/entries")
@bp.input(EntryIn)
@bp.output(FilePlanWhole, status_code=201)
def add_entry(plan_id: UUID, json_data: EntryIn) -> Answer:
    """Add an entry to a draft."""

    def create() -> FilePlanWhole:
        place = Place(json_data.heading_id)
        edits.put_entry(services(), plan_id, json_data.texts(), actor=current_actor(), place=place)
        return _plan(plan_id)

    return answer_once(f"{plan_id}\nentry\n{json_data.model_dump_json()}", create)


@bp.put("/<uuid:plan_id>/entries/<uuid:entry_id>")
@bp.input(EntryIn)
@bp.output(FilePlanWhole)
def change_entry(plan_id: UUID, entry_id: UUID, json_data: EntryIn) -> FilePlanWhole:
    """Change an entry of a draft; it goes below the heading that is named, if one is."""
    place = Place(json_data.heading_id) if json_data.heading_id else None
    edits.put_entry(
        services(),
        plan_id,
        json_data.texts(),
        actor=current_actor(),
        entry_id=entry_id,
        place=place,
    )
    return _plan(plan_id)


@bp.delete("/<uuid:plan_id>/entries/<uuid:entry_id>")
@bp.output(FilePlanWhole)
def remove_entry(plan_id: UUID, entry_id: UUID) -> FilePlanWhole:
    """Take an entry out of a draft."""
    edits.remove_entry(services(), plan_id, entry_id, actor=current_actor())
    return _plan(plan_id)


@bp.post("/<uuid:plan_id>/renumber")
@bp.input(NumberingIn)
@bp.output(FilePlanWhole)
def renumber(plan_id: UUID, json_data: NumberingIn) -> FilePlanWhole:
    """Number a draft anew, over the plan or within each major heading."""
    edits.renumber(services(), plan_id, json_data.numbering, actor=current_actor())
    return _plan(plan_id)


@bp.post("/<uuid:plan_id>/copy")
@bp.input(CopyIn)
@bp.output(FilePlanWhole, status_code=201)
def copy(plan_id: UUID, json_data: CopyIn) -> Answer:
    """A draft of another year from this plan."""

    def create() -> FilePlanWhole:
        new_id = edits.copy(
            services(),
            plan_id,
            json_data.year,
            actor=current_actor(),
            notations=json_data.notations,
            new_titles=json_data.new_titles,
        )
        return _plan(new_id)

    return answer_once(f"{plan_id}\ncopy\n{json_data.model_dump_json()}", create)


@bp.post("/<uuid:plan_id>/outside-entries")
@bp.input(OutsideIn)
@bp.output(FilePlanWhole, status_code=201)
def open_outside(plan_id: UUID, json_data: OutsideIn) -> Answer:
    """Ask for a case file outside an approved plan; a draft till its amendment is approved."""

    def create() -> FilePlanWhole:
        edits.open_outside(
            services(),
            plan_id,
            json_data.texts(),
            started_on=json_data.started_on,
            actor=current_actor(),
            heading_id=json_data.heading_id,
        )
        return _plan(plan_id)

    return answer_once(f"{plan_id}\noutside\n{json_data.model_dump_json()}", create)


@bp.post("/<uuid:plan_id>/amendment")
@bp.input(ReasonIn)
@bp.output(FilePlanWhole)
def begin_amendment(plan_id: UUID, json_data: ReasonIn) -> FilePlanWhole:
    """Begin to amend an approved plan, or give the amendment another reason."""
    edits.begin_amendment(services(), plan_id, json_data.reason, actor=current_actor())
    return _plan(plan_id)


@bp.put("/<uuid:plan_id>/amendment/changes")
@bp.input(ChangeIn)
@bp.output(FilePlanWhole)
def put_change(plan_id: UUID, json_data: ChangeIn) -> FilePlanWhole:
    """Add, change or drop an entry by the amendment."""
    edits.put_change(
        services(),
        plan_id,
        json_data.kind,
        json_data.texts(),
        actor=current_actor(),
        heading_id=json_data.heading_id,
    )
    return _plan(plan_id)


@bp.post("/<uuid:plan_id>/amendment/approve")
@bp.output(FilePlanWhole)
def approve_amendment(plan_id: UUID) -> FilePlanWhole:
    """Put the amendment in force; its act lies in every copy before this answers."""
    edits.approve_amendment(services(), plan_id, actor=current_actor())
    return _plan(plan_id)


@bp.delete("/<uuid:plan_id>/amendment")
@bp.output(FilePlanWhole)
def discard_amendment(plan_id: UUID) -> FilePlanWhole:
    """Throw the amendment away."""
    edits.discard_amendment(services(), plan_id, actor=current_actor())
    return _plan(plan_id)


@bp.post("/<uuid:plan_id>/sign")
@bp.input(SignerIn)
@bp.output(FilePlanWhole, status_code=201)
def sign(plan_id: UUID, json_data: SignerIn) -> Answer:
    """Give the paper of an approved plan out to be signed."""

    def create() -> FilePlanWhole:
        ask_for_signature(
            services(),
            plan_id,
            account=json_data.account,
            with_seal=json_data.with_seal,
            actor=current_actor(),
        )
        return _plan(plan_id)

    return answer_once(json_data.model_dump_json(), create)


def _plan(plan_id: UUID, narrowed: Narrowed | None = None) -> FilePlanWhole:
    return open_plan(services(), plan_id, actor=current_actor(), narrowed=narrowed, lang=language())
