"""What another archive keeps of a case file that was handed over to it, and its receipt.

A receipt is ``{archive, code, arc_file_code, ocfl_id, version, inventory_sha256, package_sha256,
stored_at, reply}``: the archive's code, the case file's code, and under which codes it keeps it in
which version; the digest of the package as it came; and the sequence of the reply that says so.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.document import Document
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.transfer.transfer import Transfer, TransferItem, TransferItemState


class HandedOverDocument(Document):
    """Where another archive keeps it: the transfer, and that archive's receipt."""

    transfer: str
    number: str
    partner: str
    on: str | None
    receipt: dict[str, Any] | None


def handed_over(session: Session, row: CaseFile) -> HandedOverDocument | None:
    """Of what another archive keeps, else none."""
    if row.state is not CaseState.TRANSFERRED:
        return None
    kept = TransferItemState.TRANSFERRED, TransferItemState.REMOVED
    found = session.execute(
        select(TransferItem.receipt, Transfer)
        .join(Transfer, Transfer.id == TransferItem.transfer_id)
        .where(TransferItem.case_file_id == row.id, TransferItem.state.in_(kept))
        .order_by(Transfer.closed_at.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    return HandedOverDocument(
        transfer=str(found.Transfer.id),
        number=found.Transfer.name,
        partner=found.Transfer.partner,
        on=found.Transfer.closed_at and clock.iso(found.Transfer.closed_at),
        receipt=found.receipt,
    )
