"""What a register brings into the rows of the receiving archive, before any package comes.

The same register again changes nothing, one of a lower sequence neither. A newer one takes the
place of all that stood there, and waits to be answered anew. Once packages came it is only kept:
their manifest says what comes.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferMessageKind,
    TransferState,
)
from archive_service.errors import ConflictError, InputError
from retention.transfer.custody_acts import add_items, tell_items
from retention.transfer.items import AT_ONCE, parts_of
from retention.transfer.messages.kept import add_message, digest_of
from retention.transfer.messages.tables import Register, RegisterLine
from retention.transfer.receiving.manifest_rows import TransferToOneselfError, new_row
from retention.transfer.transitions import TRANSITIONS

_COMPARED = ("title", "documents")


class TransferRegisterOtherError(InputError):
    """A register or answer is not of the archive, or of the transfer, that it has to be of.

    ``field`` is ``told``; a key of ``labels.transfer-reply-field``.
    """


class TransferRegisterContradictsError(ConflictError):
    """A register or answer of the same number, ``sequence``, said something else."""


def announce(
    session: Session,
    head: Register,
    lines: Sequence[RegisterLine],
    *,
    agency_id: UUID,
    account: str,
    answer_due: dt.date,
) -> tuple[Transfer, bool]:
    """The transfer with what the register says, in the caller's transaction; whether it is new.

    Args:
        lines: all that it names; they are read before anybody waits for this.
        account: who reads it.
        answer_due: the day by which it is to be answered.

    Raises:
        TransferToOneselfError: the transfer goes out from here.
        TransferRegisterOtherError: another archive uses its id.
        TransferRegisterContradictsError
    """
    row = session.get(Transfer, head.id, with_for_update=True)
    if row is not None and row.direction is TransferDirection.OUT:
        raise TransferToOneselfError(archive=head.archive)
    if row is None:
        row = new_row(session, head, agency_id, account)
        session.flush()
    elif (row.partner_code, row.agency_id) != (head.archive, agency_id):
        raise TransferRegisterOtherError(number=row.name, field="giver", told=head.archive)
    kind, direction = TransferMessageKind.REGISTER, TransferDirection.IN
    if head.sequence <= row.register_sequence:
        require_as_known(session, row, kind, head.sequence, head.sha256)
        return row, False
    session.expunge(add_message(session, row, kind, (head.sequence, head.document), direction))
    row.register_sequence = head.sequence
    if TRANSITIONS.is_open(row, "read-register"):
        if head.withdrawn:
            _withdrawn(session, row, head)
        else:
            _tell_of(row, head, answer_due)
            _list(session, row, lines)
    return row, True


def require_as_known(
    session: Session, row: Transfer, kind: TransferMessageKind, sequence: int, sha256: str
) -> None:
    """``TransferRegisterContradictsError`` where a message of this number said something else."""
    known = digest_of(session, row, kind, sequence, TransferDirection.IN)
    if known not in (None, sha256):
        raise TransferRegisterContradictsError(number=row.name, sequence=sequence)


def differs(item: TransferItem, row: Transfer) -> Refusal | None:
    """Where the manifest names something else than the register did that was announced.

    What came back once comes again on the archivist's own judgement: it is not compared any more.
    """
    if row.registered_on is None or item.registered == {}:
        return None
    registered = item.registered
    if registered is None:
        return Refusal("not-announced", {"number": row.partner_number})
    if "declined" in registered:
        return Refusal("was-declined", {"reason": registered["declined"]})
    for field in _COMPARED:
        packed = getattr(item, field)
        if registered[field] != packed:
            facts = {"field": field, "registered": registered[field], "packed": packed}
            return Refusal("announced-differs", facts)
    return None


def _tell_of(row: Transfer, head: Register, answer_due: dt.date) -> None:
    """What a newer register says of the transfer itself; an earlier answer counts no longer."""
    TRANSITIONS.move(row, "read-register")
    row.edition, row.list_sha256 = head.edition, head.list_sha256
    row.partner, row.partner_number = head.archive_name, head.number
    row.registered_on, row.register_number = head.registered_on, head.register_number
    row.approval_number, row.fonds, row.reason = head.approval_number, head.fonds, head.reason
    row.answer_due = answer_due
    row.forget_answer()


def _withdrawn(session: Session, row: Transfer, head: Register) -> None:
    """Nothing of it comes; who did so is known at the giver's alone."""
    TRANSITIONS.move(row, "read-register", TransferState.WITHDRAWN)
    row.reason, row.withdrawn_at = head.reason, head.created
    refusal = Refusal("withdrawn", {}).as_document()
    for part in parts_of(session, row.id, TransferItemState.LISTED):
        for item in part:
            item.state, item.refusal = TransferItemState.RECALLED, refusal
        tell_items(session, row, part)


def _list(session: Session, row: Transfer, lines: Sequence[RegisterLine]) -> None:
    """Items as a newer register names them, in the place of all that stood there before."""
    session.execute(
        delete(TransferItem)
        .where(TransferItem.transfer_id == row.id)
        .execution_options(synchronize_session=False)
    )
    for first in range(0, len(lines), AT_ONCE):
        part = enumerate(lines[first : first + AT_ONCE], first + 1)
        add_items(session, row.id, [_item(ordinal, line) for ordinal, line in part])


def _item(ordinal: int, line: RegisterLine) -> dict[str, Any]:
    facts = {"title": line.title, "documents": line.documents, "pages": line.pages}
    return facts | {
        "ordinal": ordinal,
        "code": line.code,
        "state": TransferItemState.LISTED,
        "version": line.version,
        "due_on": line.due_on,
        "registered": facts | {"fonds": line.fonds},
    }
