"""What came back is corrected, and goes once more with the same transfer: no new approval."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import (
    TransferItem,
    TransferItemState,
)
from archive_service.errors import ConflictError
from archive_service.evidence.acting import acting
from archive_service.services import Services
from retention.transfer.custody_acts import tell
from retention.transfer.documents import TransferDocument
from retention.transfer.given import Correction
from retention.transfer.items import AT_ONCE, require_named
from retention.transfer.listing import open_transfer, transfer_document
from retention.transfer.register.due import why_not
from retention.transfer.transitions import TRANSITIONS

_BACK = (TransferItemState.RETURNED, TransferItemState.STOPPED)


class TransferNotFreeError(ConflictError):
    """Something still keeps these from going: ``codes``; ``why`` of ``labels.transfer-why``."""


def correct(
    services: Services,
    transfer_id: UUID,
    given: Correction,
    *,
    actor: Actor,
    lang: str = "vi",
) -> TransferDocument:
    """Let what came back go once more, as it is now; then it is built and sent.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, TransferDirectionError
        TransferItemsError: one that neither came back nor was stopped after it had been sent.
        TransferNotFreeError: held, or on another list or register.
    """
    with acting(services, "transfer:compose", actor) as session:
        wanted = {code.strip() for code in given.codes}
        row = open_transfer(session, transfer_id, "correct", actor=actor)
        items = require_named(session, row, wanted, *_BACK)
        now = _free(session, items)
        for item in items:
            _list_anew(item, now[item.case_file_id])
        if items:
            TRANSITIONS.move(row, "correct")
            tell(session, row, "transfer:corrected", actor=actor, changed=items, count=len(items))
        return transfer_document(session, row, lang)


def _free(session: Session, items: Sequence[TransferItem]) -> Mapping[UUID | None, CaseFile]:
    found: dict[UUID | None, CaseFile] = {}
    for start in range(0, len(items), AT_ONCE):
        ids = [item.case_file_id for item in items[start : start + AT_ONCE]]
        rows = session.scalars(select(CaseFile).where(CaseFile.id.in_(ids))).all()
        found |= {row.id: row for row in rows}
        if refused := why_not(session, rows, but=items[0].transfer_id):
            codes = sorted(found[identifier].code for identifier in refused)
            why = next(iter(refused.values())).code
            raise TransferNotFreeError(codes=codes[:20], why=why)
    return found


def _list_anew(item: TransferItem, row: CaseFile) -> None:
    item.state, item.refusal, item.reason = TransferItemState.LISTED, None, ""
    item.version, item.title = row.version_wanted, row.title
    item.documents, item.pages = row.total_doc, row.number_of_page
    item.package, item.file, item.sha256, item.size_bytes, item.medium = "", "", None, 0, 1
