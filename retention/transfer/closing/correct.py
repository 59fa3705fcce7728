"""What came back is corrected, and goes once more with the same transfer: no new approval."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import (
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.errors import ConflictError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from retention.transfer.custody_acts import tell
from retention.transfer.items import AT_ONCE, require_named
from retention.transfer.listing import open_transfer, transfer_document
from retention.transfer.refusals import require_direction
from retention.transfer.register.due import why_not

_BACK = (TransferItemState.RETURNED, TransferItemState.STOPPED)


class TransferNotFreeError(ConflictError):
    """Something still keeps these from going: ``codes``; ``why`` of ``labels.transfer-why``."""

    code = "transfer-not-free"


def correct(
    services: Services, transfer_id: UUID, codes: Sequence[str], *, actor: Actor, lang: str = "vi"
) -> dict[str, Any]:
    """TRANSFER; these stand on it again, as they are now: they are built and sent once more.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, TransferDirectionError
        TransferItemsError: one that neither came back nor was stopped after it had been sent.
        TransferNotFreeError: held, or on another list or register.
    """
    access.require(actor, "transfer:compose")
    wanted = {code.strip() for code in codes}
    states = (TransferState.SENT, TransferState.REPLIED, TransferState.ANSWERED)
    with services.unit_of_work() as uow:
        session = uow.session
        row = open_transfer(session, transfer_id, "correct", *states, actor=actor)
        require_direction(row, "correct", TransferDirection.OUT)
        items = require_named(session, row, wanted, *_BACK)
        now = _free(session, items)
        for item in items:
            _list_anew(item, now[item.case_file_id])
        if items:
            row.state = TransferState.ANSWERED
            tell(session, row, "transfer:corrected", actor=actor, changed=items, count=len(items))
        document = transfer_document(session, row, lang)
        uow.commit()
    write_out_evidence(services)
    return document


def _free(session: Session, items: Sequence[TransferItem]) -> Mapping[UUID | None, CaseFile]:
    found: dict[UUID | None, CaseFile] = {}
    for start in range(0, len(items), AT_ONCE):
        ids = [item.case_file_id for item in items[start : start + AT_ONCE]]
        rows = session.scalars(select(CaseFile).where(CaseFile.id.in_(ids))).all()
        found |= {one.id: one for one in rows}
        if refused := why_not(session, rows, but=items[0].transfer_id):
            codes = sorted(found[one].code for one in refused)
            why = next(iter(refused.values())).code
            raise TransferNotFreeError(codes=codes[:20], why=why)
    return found


def _list_anew(item: TransferItem, row: CaseFile) -> None:
    item.state, item.refusal, item.reason = TransferItemState.LISTED, None, ""
    item.version, item.title = row.version_wanted, row.title
    item.documents, item.pages = row.total_doc, row.number_of_page
    item.package, item.file, item.sha256, item.size_bytes, item.medium = "", "", None, 0, 1
