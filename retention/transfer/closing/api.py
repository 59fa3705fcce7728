"""From the reply to the end: replies are read, what came back corrected, the transfer closed."""

import datetime as dt
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from pydantic import BaseModel, ConfigDict, Field, Json

from archive_service.api.request import language
from archive_service.request import Body, current_actor, services, takes
from archive_service.storage.work_folder import work_place
from retention.transfer.api import LONGEST_BODY
from retention.transfer.closing import close as closing_close
from retention.transfer.closing import correct as closing_correct
from retention.transfer.closing import remove as closing_remove
from retention.transfer.documents import TransferDocument
from retention.transfer.reply.hand_receipts import HandReceipt
from retention.transfer.reply.hand_receipts import note_receipt as note

bp = APIBlueprint("api_transfers_close", __name__, tag="transfers", url_prefix="/transfers")


class RemovalIn(BaseModel):
    """``otp``: a code of the second factor of the agency's head."""

    model_config = ConfigDict(extra="forbid")

    otp: str | None = None


class ReceiptIn(BaseModel):
    """The paper as a PDF, its number and day; ``kept`` and ``returned`` are JSON objects.

    ``kept``: code → what it is called there, or ""; ``returned``: code → why.
    """

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    file: UploadFile
    number: str
    on: dt.date
    kept: Json[dict[str, str]] = Field(default_factory=dict)
    returned: Json[dict[str, str]] = Field(default_factory=dict)
    archive: str = ""
    all_kept: bool = False


class CorrectionIn(BaseModel):
    """Codes of case files that came back, or were stopped."""

    model_config = ConfigDict(extra="forbid")

    codes: list[str] = Field(min_length=1, max_length=LONGEST_BODY)


@bp.post("/<uuid:transfer_id>/correction")
@bp.input(CorrectionIn)
@bp.output(TransferDocument)
def correct(transfer_id: UUID, json_data: CorrectionIn) -> dict[str, Any]:
    """Let what came back go once more, as it is now; then it is built and sent."""
    return closing_correct.correct(
        services(), transfer_id, json_data.codes, actor=current_actor(), lang=language()
    )


@bp.post("/<uuid:transfer_id>/receipt")
@bp.input(ReceiptIn, location="form_and_files")
@bp.output(TransferDocument)
@takes(Body.PAPER, "transfer:compose")
def note_receipt(transfer_id: UUID, form_and_files_data: ReceiptIn) -> dict[str, Any]:
    """Note a receipt on paper of an archive that does not sign replies; its scan is kept."""
    given = form_and_files_data
    receipt = HandReceipt(
        number=given.number,
        on=given.on,
        kept=given.kept,
        returned=given.returned,
        archive=given.archive,
        all_kept=given.all_kept,
    )
    with work_place(services().work_folder, "receipt-") as folder:
        scan = folder / "receipt.pdf"
        given.file.save(scan)
        return note(
            services(), transfer_id, receipt, scan=scan, actor=current_actor(), lang=language()
        )


@bp.post("/<uuid:transfer_id>/closing")
@bp.output(TransferDocument)
def close(transfer_id: UUID) -> dict[str, Any]:
    """What has its receipt is the other archive's from now on; its bytes stay for a while."""
    return closing_close.close(services(), transfer_id, actor=current_actor(), lang=language())


@bp.post("/<uuid:transfer_id>/removal")
@bp.input(RemovalIn)
@bp.output(TransferDocument)
def remove(transfer_id: UUID, json_data: RemovalIn) -> dict[str, Any]:
    """Let what is here of it go, when the cooling-off is over; the head of the agency alone."""
    return closing_remove.remove(
        services(), transfer_id, otp=json_data.otp, actor=current_actor(), lang=language()
    )
