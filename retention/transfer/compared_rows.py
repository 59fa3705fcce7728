"""Before packages leave: rows of their case files are compared with the copies once more."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from archive_service.domain.transfer.transfer import TransferItem, TransferItemState
from archive_service.packaging.compared_now import require_as_packaged
from archive_service.services import Services
from retention.transfer.items import AT_ONCE

_LEAVING = (TransferItemState.BUILT, TransferItemState.SENT)  # what is on a disk is on it again


def require_as_stored(services: Services, transfer_id: UUID, media: Sequence[int]) -> None:
    """What lies on these media is what copies and rows both tell; takes a millisecond each.

    Raises:
        RowDiffersError, RowsDifferError: a copy tells otherwise, and nobody knows why; an
            incident names each.
    """
    of_case_files = select(TransferItem.case_file_id).where(
        TransferItem.transfer_id == transfer_id,
        TransferItem.medium.in_(media),
        TransferItem.state.in_(_LEAVING),
    )
    with services.read_only() as session:
        found = session.scalars(of_case_files.order_by(TransferItem.ordinal)).all()
    ids = [identifier for identifier in found if identifier is not None]
    for start in range(0, len(ids), AT_ONCE):
        require_as_packaged(services.database, ids[start : start + AT_ONCE], services.copies)
