"""From the reply to the end: replies are read, what came back corrected, the transfer closed."""

import datetime as dt
from uuid import UUID

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from pydantic import BaseModel, ConfigDict, Field, Json

from archive_service.api.offered import offer
from archive_service.api.request import language
from archive_service.request import Body, current_actor, services, takes
from archive_service.storage.work_folder import work_place
from retention.transfer.closing import close as closing_close
from retention.transfer.closing import correct as closing_correct
from retention.transfer.closing import remove as closing_remove
from retention.transfer.documents import TransferDocument
from retention.transfer.reply.hand_receipts import HandReceipt
from retention.transfer.reply.hand_receipts import note_receipt as note

bp = APIBlueprint("api_transfers_close", __name__, tag="transfers", url_prefix="/transfers")


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


@bp.post("/<uuid:transfer_id>/receipt")
@bp.input(ReceiptIn, location="form_and_files")
@bp.output(TransferDocument)
@takes(Body.PAPER, "transfer:compose")
def note_receipt(transfer_id: UUID, form_and_files_data: ReceiptIn) -> TransferDocument:
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


_ONE = "/<uuid:transfer_id>"
offer(bp, f"{_ONE}/correction", closing_correct.correct)
offer(bp, f"{_ONE}/closing", closing_close.close)
offer(bp, f"{_ONE}/removal", closing_remove.remove)
