"""The file of a destruction: its papers, its certificate, and the paper half that was destroyed."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from archive_service import clock
from archive_service.api.offered import offer
from archive_service.api.request import language
from archive_service.api.streaming import send_bytes
from archive_service.given import Given
from archive_service.request import Body, current_actor, services, takes
from archive_service.storage.work_folder import work_place
from retention.disposition import execution
from retention.disposition.council import acts as council_acts
from retention.disposition.council.council import Opinion
from retention.disposition.documents import DispositionDocument
from retention.disposition.papers import reading as papers_reading
from retention.disposition.papers.documents import (
    CertificateDocument,
    DestructionPapers,
)

bp = APIBlueprint(
    "api_disposition_papers", __name__, tag="dispositions", url_prefix="/dispositions"
)


class FormQuery(Given):
    """As what the paper is wanted; ``docx`` and ``xlsx`` of the list alone."""

    as_: Literal["pdf", "docx", "xlsx"] = Field("pdf", alias="as")


class OpinionScanIn(BaseModel):
    """What the archive above says, on which day (today by default), and its paper as a PDF."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    file: UploadFile
    by: str
    number: str
    on: dt.date | None = None
    agrees: bool = True
    text: str = ""


class PaperHalfIn(Given):
    """Who destroyed the paper half of which case file, when (today by default) and how."""

    code: str
    by: str
    on: dt.date | None = None
    method: str


@bp.get("/<uuid:disposition_id>/papers")
@bp.output(DestructionPapers)
def papers(disposition_id: UUID) -> dict[str, Any]:
    """The papers of the file in its order, with their signatures; those due and lacking too."""
    found = papers_reading.papers_of(services(), disposition_id, actor=current_actor())
    return {"papers": found, "made": []}


@bp.post("/<uuid:disposition_id>/papers")
@bp.output(DestructionPapers)
def make(disposition_id: UUID) -> dict[str, Any]:
    """Make what the list calls for and lacks; nothing twice."""
    actor = current_actor()
    made = papers_reading.make(services(), disposition_id, actor=actor)
    found = papers_reading.papers_of(services(), disposition_id, actor=actor)
    return {"papers": found, "made": made}


@bp.get("/<uuid:disposition_id>/papers/<form>")
@bp.input(FormQuery, location="query")
def paper(disposition_id: UUID, form: str, query_data: FormQuery) -> Response:
    """The newest paper of a form as PDF/A, with the signatures given so far."""
    wanted, actor = query_data.as_, current_actor()
    if wanted == "pdf":
        name, data = papers_reading.read_paper(services(), disposition_id, form, actor=actor)
    else:
        name, data = papers_reading.write_form(
            services(), disposition_id, form, wanted, actor=actor
        )
    return send_bytes(data, name=name, media_type=papers_reading.MEDIA_TYPES[wanted])


offer(
    bp,
    "/<uuid:disposition_id>/papers/<form>/signature",
    papers_reading.ask_signature,
    creates=True,
)


@bp.get("/<uuid:disposition_id>/certificate")
@bp.output(CertificateDocument)
def certificate(disposition_id: UUID) -> dict[str, Any]:
    """The newest certificate of destruction as it was issued."""
    return papers_reading.certificate_of(services(), disposition_id, actor=current_actor())


offer(bp, "/<uuid:disposition_id>/certificate/comparison", papers_reading.compared_certificate)


@bp.post("/<uuid:disposition_id>/opinion/scan")
@bp.input(OpinionScanIn, location="form_and_files")
@bp.output(DispositionDocument)
@takes(Body.PAPER, "disposition:council")
def note_opinion(disposition_id: UUID, form_and_files_data: OpinionScanIn) -> DispositionDocument:
    """Note the opinion of the archive above with its paper, which is kept in the file."""
    given = form_and_files_data
    on = given.on or clock.today()
    with work_place(services().work_folder, "opinion-") as folder:
        scan = folder / "opinion.pdf"
        given.file.save(scan)
        return council_acts.note_opinion(
            services(),
            disposition_id,
            Opinion(given.by, given.number, on, given.agrees, given.text),
            scan=scan,
            actor=current_actor(),
            lang=language(),
        )


@bp.post("/<uuid:disposition_id>/paper-halves")
@bp.input(PaperHalfIn)
@bp.output(DispositionDocument)
def note_paper_half(disposition_id: UUID, json_data: PaperHalfIn) -> DispositionDocument:
    """Note that the paper half of a case file was destroyed."""
    given = json_data
    return execution.note_paper(
        services(),
        disposition_id,
        given.code,
        by=given.by,
        on=given.on or clock.today(),
        method=given.method,
        actor=current_actor(),
        lang=language(),
    )
