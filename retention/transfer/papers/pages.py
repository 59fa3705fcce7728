"""Papers of a transfer, its disks and where they are, and the signed documents that went across."""

from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy import select

from archive_service import access
from archive_service.domain.kept_document import Kept, KeptDamagedError
from archive_service.domain.transfer.transfer import (
    TransferDirection,
    TransferMessage,
    TransferMessageKind,
)
from archive_service.request import Body, current_actor, services, takes
from archive_service.web.file_answer import file_answer
from archive_service.web.layout import t
from retention.transfer.disks import write as disks_write
from retention.transfer.listing import TransferNotFoundError, get_transfer
from retention.transfer.pages.acts import back, uploaded
from retention.transfer.pages.transfer import told_on_page
from retention.transfer.papers import acts as papers_acts
from retention.transfer.papers import minutes
from retention.transfer.papers.given import WordsIn

bp = Blueprint("transfer_papers", __name__, url_prefix="/nop-luu")

_WORDS = "words-"  # and the section of the explanation, in the form
_XML = "application/xml"


@bp.get("/<uuid:transfer_id>/papers/<kind>.pdf")
def paper(transfer_id: UUID, kind: str) -> Response:
    """The newest paper of a kind with its signatures."""
    name, data = papers_acts.read_paper(services(), transfer_id, kind, actor=current_actor())
    return file_answer(data, name, shown=True)


@bp.post("/<uuid:transfer_id>/papers")
@told_on_page
def make_paper(transfer_id: UUID) -> Response:
    """Make a paper, or make it anew where it would say something else."""
    words = {
        name.removeprefix(_WORDS): text
        for name, text in request.form.items()
        if name.startswith(_WORDS)
    }
    kind = request.form.get("kind", "")
    papers_acts.make_paper(
        services(), transfer_id, kind, WordsIn(words=words), actor=current_actor()
    )
    return back(transfer_id, "paper-made")


@bp.post("/<uuid:transfer_id>/minutes")
@told_on_page
@takes(Body.PAPER, "transfer:list")
def take_minutes(transfer_id: UUID) -> Response:
    """The minutes as the other archive signed them."""
    data = uploaded("minutes", t("labels.transfer-paper.minutes"))
    minutes.take_signed(services(), transfer_id, data, actor=current_actor())
    return back(transfer_id, "minutes-taken")


@bp.post("/<uuid:transfer_id>/minutes/signature")
@told_on_page
def sign_minutes(transfer_id: UUID) -> Response:
    """The giver's signature beside the receiver's."""
    minutes.countersign(services(), transfer_id, actor=current_actor())
    return back(transfer_id, "minutes-signed")


@bp.post("/<uuid:transfer_id>/media/<int:number>")
@told_on_page
def note_place(transfer_id: UUID, number: int) -> Response:
    """Where a disk is now, in words."""
    place = request.form.get("place", "")
    disks_write.note_place(services(), transfer_id, number, place, actor=current_actor())
    return back(transfer_id, "moved")


@bp.get(
    "/<uuid:transfer_id>/messages/<any(register, answer, manifest, reply, notice):kind>"
    "-<any(out, in):direction>-<int:sequence>.xml"
)
def message(transfer_id: UUID, kind: str, direction: str, sequence: int) -> Response:
    """A signed document as it went across, such as ``reply-001.xml``."""
    actor = current_actor()
    access.require(actor, "transfer:list")
    with services().read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        found = session.execute(
            select(TransferMessage.document, TransferMessage.sha256).where(
                TransferMessage.transfer_id == row.id,
                TransferMessage.kind == TransferMessageKind(kind),
                TransferMessage.direction == TransferDirection(direction),
                TransferMessage.sequence == sequence,
            )
        ).first()
    if found is None:
        raise TransferNotFoundError(id=f"{transfer_id}/{kind}/{sequence}")
    kept = Kept(*found)
    if not kept.is_sound():  # nothing of it goes out
        raise KeptDamagedError(sha256=kept.sha256)
    return file_answer(kept.open(), f"{kind}-{sequence:03}.xml", _XML)
