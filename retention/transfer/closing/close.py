"""Kết thúc đợt nộp lưu: receipts are compared once more, and case files are the other archive's.

Some in a transaction, so that nobody waits long; who is killed goes on where it was.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.held import held_among, held_condition
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    UNSETTLED,
    Transfer,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.errors import ConflictError, IntegrityViolationError
from archive_service.evidence.acting import acting
from archive_service.services import Services
from archive_service.storage.held import note_stopped
from retention.transfer.custody_acts import tell, tell_items
from retention.transfer.documents import TransferDocument
from retention.transfer.items import AT_ONCE, count_items, items_of
from retention.transfer.listing import open_transfer, transfer_document
from retention.transfer.refusals import not_there
from retention.transfer.register.deadlines import removable_from
from retention.transfer.transitions import TRANSITIONS

_MANY = 20  # codes that a refusal names


class TransferItemsOpenError(ConflictError):
    """Something is still on its way: ``count`` case files, the first of them ``codes``."""


class TransferReceiptError(IntegrityViolationError):
    """A receipt is not of the package that was sent: ``codes``."""

    code = "transfer-receipt-differs"


def close(
    services: Services, transfer_id: UUID, *, actor: Actor, lang: str = "vi"
) -> TransferDocument:
    """What has its receipt is the other archive's from now on; its bytes stay for a while.

    Its catalogue and receipt stay, and its bytes till they are let go. What is held stays ours
    and as it is: closing once more, when nothing holds it, takes it along. What changed since it
    was sent stays ours, too, and may stand on another register. So it is with what came back, was
    to go once more and is held since: the others do not wait for it.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferStateError, TransferDirectionError
        TransferItemsOpenError: something of it is neither receipted nor come back.
        TransferReceiptError: nothing is closed.
    """
    access.require(actor, "transfer:compose")
    _require_over(services, transfer_id, actor)
    while _mark_some(services, transfer_id, actor):
        pass
    with acting(services, "transfer:compose", actor) as session:
        row = _opened(session, transfer_id, actor)
        marked = count_items(session, row.id, TransferItemState.TRANSFERRED)
        if row.state is not TransferState.CLOSED:
            TRANSITIONS.move(row, "close")
            row.closed_by = actor.account
            _begin_cooling_off(services, row)
            left = count_items(session, row.id, TransferItemState.RECEIPTED)
            tell(session, row, "transfer:closed", actor=actor, handed_over=marked, held=left)
        return transfer_document(session, row, lang)


def _opened(session: Session, transfer_id: UUID, actor: Actor) -> Transfer:
    row = open_transfer(session, transfer_id, "close", actor=actor)
    if TRANSITIONS.is_open(row, "settle"):  # something of it goes once more by now
        raise not_there(row, "close")
    return row


def _require_over(services: Services, transfer_id: UUID, actor: Actor) -> None:
    with services.unit_of_work() as uow:
        session = uow.session
        row = open_transfer(session, transfer_id, "close", actor=actor)
        is_acknowledged = count_items(session, row.id, TransferItemState.RECEIPTED) > 0
        if TRANSITIONS.is_open(row, "settle") and not is_acknowledged:
            raise not_there(row, "close")
        if still := count_items(session, row.id, *UNSETTLED):
            first = session.scalars(
                select(TransferItem.code)
                .where(TransferItem.transfer_id == row.id, TransferItem.state.in_(UNSETTLED))
                .order_by(TransferItem.ordinal)
                .limit(_MANY)
            )
            raise TransferItemsOpenError(number=row.name, count=still, codes=list(first))
        receipted = items_of(session, row.id, TransferItemState.RECEIPTED)
        if differing := [item.code for item in receipted if not item.is_receipted]:
            raise TransferReceiptError(number=row.name, codes=differing[:_MANY])
        if TRANSITIONS.is_open(row, "settle"):
            TRANSITIONS.move(row, "settle")
            # A building that stopped before its end has told of none.
            stopped = items_of(session, row.id, TransferItemState.STOPPED)
            tell(session, row, "transfer:settled", actor=actor, changed=stopped)
            uow.commit()


def _mark_some(services: Services, transfer_id: UUID, actor: Actor) -> bool:
    """The next ones that nothing holds; whether there may be more."""
    with services.writing() as session:
        row = _opened(session, transfer_id, actor)
        case_files = _next_free(session, row)
        ids = [file.id for file in case_files]
        items = session.scalars(
            select(TransferItem)
            .where(
                TransferItem.transfer_id == row.id,
                TransferItem.state == TransferItemState.RECEIPTED,
                TransferItem.case_file_id.in_(ids),
            )
            .order_by(TransferItem.ordinal)
        ).all()
        by_id = {file.id: file for file in case_files}
        held = held_among(session, ids)  # placed while we waited for the rows
        for item in items:
            case_file = by_id[item.case_file_id or row.id]
            if case_file.id in held:
                note_stopped(session, case_file, act="transfer:compose", actor=actor)
            else:
                _mark(session, row, item, case_file, actor)
        tell_items(session, row, items)
        if row.state is TransferState.CLOSED and items:  # a hold kept it till now
            _begin_cooling_off(services, row)
            tell(session, row, "transfer:closed", actor=actor, handed_over=len(items), held=0)
    return bool(items) and not held


def _next_free(session: Session, row: Transfer) -> Sequence[CaseFile]:
    """The next case files with a receipt that no hold is on, locked, in the order of their ids."""
    query = (
        select(CaseFile)
        .join(TransferItem, TransferItem.case_file_id == CaseFile.id)
        .where(
            TransferItem.transfer_id == row.id,
            TransferItem.state == TransferItemState.RECEIPTED,
            ~held_condition(),
        )
        .order_by(CaseFile.id)
        .limit(AT_ONCE)
    )
    return session.scalars(query.with_for_update(of=CaseFile)).all()


def _mark(
    session: Session, row: Transfer, item: TransferItem, case_file: CaseFile, actor: Actor
) -> None:
    """It is the other archive's, unless it is not what went there any more."""
    is_ours = case_file.state is CaseState.STORED and case_file.removing_since is None
    if not is_ours or case_file.version_wanted != item.version:
        facts = {"version": item.version, "now": case_file.version_wanted}
        item.state = TransferItemState.STOPPED
        item.refusal = Refusal("changed", facts).as_document()
        return
    item.state, case_file.state = TransferItemState.TRANSFERRED, CaseState.TRANSFERRED
    record_event(
        session,
        "transfer:handed-over",
        subject_id=case_file.id,
        actor=actor,
        agency_id=row.agency_id,
        data={"code": item.code, "number": row.name, "transfer": str(row.id)}
        | {"receipt": item.receipt},
    )


def _begin_cooling_off(services: Services, row: Transfer) -> None:
    """From the newest closing on; who let bytes go before did not mean what came along now."""
    row.closed_at = clock.now()
    months = services.settings.transfer.cooling_off_months
    row.removable_on = removable_from(clock.today(), months)
    row.removal_by = row.removal_at = None
