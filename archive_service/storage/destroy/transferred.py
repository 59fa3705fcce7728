"""What the gate asks of a case file that another archive keeps now: rows alone, read anew."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.unit_of_work import moment_of
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.removal import Removal
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMessage,
    TransferMessageKind,
    TransferState,
)
from archive_service.storage.destroy.claim import (
    Doubt,
    RemovalRefusedError,
    lock_case_file,
    not_at_rest,
    require_undoubted,
    still_needed,
)
from archive_service.storage.held import note_stopped

# NĐ 113/2025/NĐ-CP, Điều 22 khoản 1: three months, the shortest that they can be.
_SHORTEST = dt.timedelta(days=89)


def lock_transferred(session: Session, item_ids: Sequence[UUID]) -> None:
    """Transfers, then case files, by their ids: none waits crosswise."""
    items = select(TransferItem).where(TransferItem.id.in_(item_ids)).subquery()
    transfers = select(Transfer.id).where(Transfer.id.in_(select(items.c.transfer_id)))
    session.execute(transfers.order_by(Transfer.id).with_for_update())
    rows = select(CaseFile.id).where(CaseFile.id.in_(select(items.c.case_file_id)))
    session.execute(rows.order_by(CaseFile.id).with_for_update())


def require_handed_over(
    session: Session, item_id: UUID, *, actor: Actor, doubt: Doubt, shut: str = ""
) -> tuple[TransferItem, CaseFile]:
    """The item and its case file, both locked to the end of the transaction, if its bytes may go.

    What was claimed before passes without a question: it goes on.

    Args:
        doubt: as of ``require_due``.
        shut: why nothing new is claimed now at all, a word of ``labels.removal-refusals``.

    Raises:
        RemovalRefusedError: nothing was changed.
    """
    item = session.get_one(TransferItem, item_id, with_for_update=True, populate_existing=True)
    transfer = session.get_one(
        Transfer, item.transfer_id, with_for_update=True, populate_existing=True
    )
    if item.case_file_id is None:
        raise RemovalRefusedError(code=item.code, reason="not-stored")
    row = lock_case_file(session, item.case_file_id)
    if session.scalar(select(Removal.id).where(Removal.ocfl_id == row.ocfl_id)) is not None:
        return item, row
    reason = (
        _not_let_go(transfer, item)
        or not_at_rest(session, row, CaseState.TRANSFERRED)
        or shut
        or _too_early(session, transfer)
        or _unreceipted(session, item)
        or still_needed(session, row)
        or ("" if row.version_wanted == item.version else "changed")
    )
    if reason == "held":
        note_stopped(session, row, act="transfer:remove", actor=actor)
    if reason:
        raise RemovalRefusedError(code=row.code, reason=reason)
    require_undoubted(session, row, doubt)
    return item, row


def _not_let_go(transfer: Transfer, item: TransferItem) -> str:
    """It is handed over and over with, and the agency's head lets what stayed behind go."""
    let_go = (
        transfer.direction is TransferDirection.OUT
        and transfer.state is TransferState.CLOSED
        and transfer.closed_at
        and transfer.removal_by
        and transfer.removal_at
        and transfer.removal_by not in (transfer.composed_by, transfer.closed_by)
        and item.state is TransferItemState.TRANSFERRED
    )
    return "" if let_go else "not-approved"


def _too_early(session: Session, transfer: Transfer) -> str:
    """The cooling-off runs; by a clock that was set back it was let go in a time to come."""
    now = moment_of(session)
    if transfer.removal_at is not None and now < transfer.removal_at:
        return "clock"
    today = clock.local(now).date()
    if transfer.closed_at is None or transfer.removable_on is None:
        return "cooling-off"
    over = today >= max(transfer.removable_on, clock.local(transfer.closed_at).date() + _SHORTEST)
    return "" if over else "cooling-off"


def _unreceipted(session: Session, item: TransferItem) -> str:
    """The receipt agrees with what was sent, and the signed reply that gave it is here."""
    if item.receipt is None or not item.is_receipted:
        return "no-receipt"
    reply = exists().where(
        TransferMessage.transfer_id == item.transfer_id,
        TransferMessage.kind == TransferMessageKind.REPLY,
        TransferMessage.direction == TransferDirection.IN,
        TransferMessage.sequence == item.receipt.get("reply"),
    )
    return "" if session.scalar(select(reply)) else "no-receipt"
