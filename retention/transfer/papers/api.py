"""The papers of a transfer: listed, made, read; minutes taken and signed."""

from uuid import UUID

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from flask import Response
from pydantic import BaseModel, ConfigDict

from archive_service.api.offered import offer
from archive_service.api.streaming import send_bytes
from archive_service.request import Body, current_actor, services, takes
from retention.transfer.papers import acts as papers_acts
from retention.transfer.papers import minutes
from retention.transfer.papers.documents import TransferPaper, TransferPapers

bp = APIBlueprint("api_transfers_papers", __name__, tag="transfers", url_prefix="/transfers")


class SignedIn(BaseModel):
    """Minutes as the other archive signed them: a PDF."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    file: UploadFile


@bp.get("/<uuid:transfer_id>/papers")
@bp.output(TransferPapers)
def papers(transfer_id: UUID) -> TransferPapers:
    """The papers of this side, those that may be made as well."""
    found = papers_acts.papers_of(services(), transfer_id, actor=current_actor())
    return TransferPapers(papers=found)


@bp.get("/<uuid:transfer_id>/papers/<kind>")
def paper(transfer_id: UUID, kind: str) -> Response:
    """The newest paper of a kind as PDF/A, with the signatures given so far."""
    name, data = papers_acts.read_paper(services(), transfer_id, kind, actor=current_actor())
    return send_bytes(data, name=name, media_type="application/pdf")


offer(bp, "/<uuid:transfer_id>/papers/<kind>", papers_acts.make_paper)


@bp.post("/<uuid:transfer_id>/minutes/signed")
@bp.input(SignedIn, location="form_and_files")
@bp.output(TransferPaper)
@takes(Body.PAPER, "transfer:list")
def take(transfer_id: UUID, form_and_files_data: SignedIn) -> TransferPaper:
    """Take the minutes that the other archive signed; nothing twice."""
    data = form_and_files_data.file.read()
    return minutes.take_signed(services(), transfer_id, data, actor=current_actor())


offer(bp, "/<uuid:transfer_id>/minutes/signature", minutes.countersign)
