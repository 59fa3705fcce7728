"""Transfers as lists, commands and pages tell them, and what comes next of each."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock, messages
from archive_service.domain.account import Actor
from archive_service.domain.agency import Agency
from archive_service.domain.refusal import Refusal
from archive_service.domain.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.errors import NotFoundError
from archive_service.transfer.refusals import require_state

WHOLE = (selectinload(Transfer.items),)


class TransferNotFoundError(NotFoundError):
    """No transfer bears this id, or it is not this account's to know."""

    code = "transfer-not-found"


def get_transfer(
    session: Session, transfer_id: UUID, *, actor: Actor, locked: bool = False
) -> Transfer:
    """The transfer with its items.

    Raises:
        TransferNotFoundError
    """
    query = select(Transfer).where(
        Transfer.id == transfer_id, access.visible(actor, "transfer:list", Transfer.agency_id)
    )
    if locked:
        query = query.with_for_update(of=Transfer)
    row = session.scalar(query.options(*WHOLE))
    if row is None:
        raise TransferNotFoundError(id=transfer_id)
    return row


def open_transfer(
    session: Session,
    transfer_id: UUID,
    act: str,
    *states: TransferState,
    actor: Actor,
    right: str = "transfer:compose",
) -> Transfer:
    """The transfer, locked until the commit, for an act that these states allow.

    Raises:
        TransferNotFoundError, ActNotAllowedError, TransferStateError
    """
    row = get_transfer(session, transfer_id, actor=actor, locked=True)
    access.require(actor, right, row)
    require_state(row, act, *states)
    return row


def matching_transfers(*, actor: Actor, state: str = "", direction: str = "") -> Select[Transfer]:
    """Transfers that the account may know of."""
    query = select(Transfer)
    query = query.where(access.visible(actor, "transfer:list", Transfer.agency_id))
    if state:
        query = query.where(Transfer.state == TransferState(state))
    if direction:
        query = query.where(Transfer.direction == TransferDirection(direction))
    return query


def transfer_documents(
    session: Session, rows: Sequence[Transfer], lang: str = "vi"
) -> list[dict[str, Any]]:
    """TRANSFER of the contract; the rows were read with ``WHOLE``."""
    wanted = {row.agency_id for row in rows}
    agencies = session.scalars(select(Agency).where(Agency.id.in_(wanted)))
    words = {row.id: (row.code, row.name) for row in agencies}
    return [_document(row, words[row.agency_id], lang) for row in rows]


def transfer_document(session: Session, row: Transfer, lang: str = "vi") -> dict[str, Any]:
    """The same of one."""
    (document,) = transfer_documents(session, [row], lang)
    return document


def refused_document(
    items: Sequence[TransferItem], partner: str, lang: str = "vi"
) -> dict[str, Any]:
    """The same where nothing may be registered, and no register was made."""
    return {
        "id": None,
        "number": None,
        "state": None,
        "direction": TransferDirection.OUT.value,
        "partner": partner,
        "items": [_item(item, lang) for item in items],
        "paths": [],
        "next": [],
    }


def _document(row: Transfer, agency: tuple[str, str], lang: str) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "number": row.name,
        "state": row.state.value,
        "direction": row.direction.value,
        "agency": agency[0],
        "agency_name": agency[1],
        "partner": row.partner,
        "reason": row.reason,
        "edition": row.edition,
        "list_sha256": row.list_sha256,
        "composed_by": row.composed_by,
        "composed_at": clock.iso(row.composed_at),
        "approved_by": row.approved_by,
        "approved_at": row.approved_at and clock.iso(row.approved_at),
        "approval_number": row.approval_number,
        "registered_on": row.registered_on and row.registered_on.isoformat(),
        "register_number": row.register_number,
        "answer_due": row.answer_due and row.answer_due.isoformat(),
        "answered_on": row.answered_on and row.answered_on.isoformat(),
        "answer_number": row.answer_number,
        "answer_reason": row.answer_reason,
        "built_at": row.built_at and clock.iso(row.built_at),
        "manifest_sha256": row.manifest_sha256,
        "withdrawn_by": row.withdrawn_by,
        "withdrawn_at": row.withdrawn_at and clock.iso(row.withdrawn_at),
        "items": [_item(item, lang) for item in row.items],
        "paths": [f"packages/{item.file}" for item in row.items if item.file],
        "next": next_acts(row),
    }


def _item(item: TransferItem, lang: str) -> dict[str, Any]:
    refusal = item.refusal and Refusal(item.refusal["code"], item.refusal["facts"])
    return {
        "code": item.code,
        "title": item.title,
        "ordinal": item.ordinal,
        "state": item.state.value,
        "reason": refusal_words(refusal, lang) if refusal else item.reason,
        "refusal": item.refusal,
        "version": item.version,
        "due_on": item.due_on.isoformat(),
        "documents": item.documents,
        "pages": item.pages,
        "package": item.package,
        "file": item.file,
        "size_bytes": item.size_bytes,
        "sha256": item.sha256,
        "receipt": None,
    }


def refusal_words(refusal: Refusal, lang: str) -> str:
    """Why it may not stand on a register, in a sentence."""
    return messages.text(f"labels.transfer-refusal.{refusal.code}", lang, **refusal.facts)


def next_acts(row: Transfer) -> list[dict[str, Any]]:
    """``[{act, role, needs}]``; ``needs`` are keys of ``labels.transfer-need``."""

    def act(name: str, role: str, *needs: str) -> dict[str, Any]:
        return {"act": name, "role": role, "needs": list(needs)}

    match row.state:
        case TransferState.DRAFT:
            return [act("approve", "agency-head", "other-person"), act("amend", "archivist")]
        case TransferState.APPROVED:
            return [act("sent", "archivist", "day")]
        case TransferState.REGISTERED:
            return [act("answer", "archivist", "day")]
        case TransferState.ANSWERED if _is_declined(row):
            return [act("amend", "archivist")]
        case TransferState.ANSWERED:
            return [act("build", "archivist")]
        case _:
            return []


def _is_declined(row: Transfer) -> bool:
    """Whether the other archive took nothing of what stood on the register."""
    return all(item.state is not TransferItemState.LISTED for item in row.items)
