"""Transfers as lists, commands and pages tell them, and what comes next of each."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from archive_service import access, clock, messages
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferState,
)
from archive_service.errors import NotFoundError
from retention.transfer.items import counts_of, items_of
from retention.transfer.next_acts import Counts, minutes_to_sign, next_acts
from retention.transfer.refusals import require_state

OF_ONE = 1000  # items that the document of one transfer holds at most; all are in its list
OF_EACH = 100  # and of each one of many
_LAST = 2**31 - 1  # no ordinal is beyond


class TransferNotFoundError(NotFoundError):
    """No transfer bears this id, or it is not this account's to know."""

    code = "transfer-not-found"


def get_transfer(
    session: Session, transfer_id: UUID, *, actor: Actor, locked: bool = False
) -> Transfer:
    """The transfer; its items are read in parts.

    Raises:
        TransferNotFoundError
    """
    query = select(Transfer).where(
        Transfer.id == transfer_id, access.visible(actor, "transfer:list", Transfer.agency_id)
    )
    if locked:
        query = query.with_for_update(of=Transfer)
    row = session.scalar(query)
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
    locked: bool = True,
) -> Transfer:
    """The transfer, locked until the commit if so asked, for an act that these states allow.

    Raises:
        TransferNotFoundError, ActNotAllowedError, TransferStateError
    """
    row = get_transfer(session, transfer_id, actor=actor, locked=locked)
    access.require(actor, right, row)
    require_state(row, act, *states)
    return row


def matching_transfers(
    *, actor: Actor, state: str = "", direction: str = "", text: str = "", late: bool = False
) -> Select[Transfer]:
    """Transfers that the account may know of.

    Args:
        text: of the other archive, of the reason, or a number as people write it, such as 03/2026.
        late: those whose register is not answered, or that are not decided on, in time.
    """
    query = select(Transfer)
    query = query.where(access.visible(actor, "transfer:list", Transfer.agency_id))
    if state:
        query = query.where(Transfer.state == TransferState(state))
    if direction:
        query = query.where(Transfer.direction == TransferDirection(direction))
    if text:
        query = query.where(_has_words(text))
    if late:
        query = query.where(is_late(clock.today()))
    return query


def _has_words(text: str) -> ColumnElement[bool]:
    number, _, year = text.partition("/")
    if number.isdecimal() and (not year or year.isdecimal()):
        numbered = Transfer.number == int(number[:9])
        return and_(numbered, Transfer.year == int(year[:9])) if year else numbered
    words = (Transfer.partner, Transfer.reason, Transfer.partner_number)
    return or_(*(has_words(one, text) for one in words))


def is_late(on: dt.date) -> ColumnElement[bool]:
    """Whether what the other archive has to say, or what we have to decide, is overdue."""
    return or_(
        and_(Transfer.state == TransferState.REGISTERED, Transfer.answer_due < on),
        and_(Transfer.state == TransferState.RECEIVED, Transfer.decide_by < on),
    )


def transfer_documents(
    session: Session,
    rows: Sequence[Transfer],
    lang: str = "vi",
    *,
    most: int = OF_EACH,
    counted: Mapping[UUID, Counts] | None = None,
) -> list[dict[str, Any]]:
    """TRANSFER of the contract, with at most so many items of each: ``counts`` tell of all.

    Args:
        counted: how many items of each are in which state, where that is known already.
    """
    ids = [row.id for row in rows]
    wanted = {row.agency_id for row in rows}
    agencies = session.scalars(select(Agency).where(Agency.id.in_(wanted)))
    words = {row.id: (row.code, row.name) for row in agencies}
    counts = counts_of(session, ids) if counted is None else counted
    first = _first_items(session, ids, most)
    to_sign = minutes_to_sign(session, rows)
    return [
        _document(row, words[row.agency_id], counts[row.id])
        | {"next": next_acts(row, counts[row.id], to_sign=row.id in to_sign)}
        | {"items": [item_document(one, lang) for one in first[row.id]]}
        | {"paths": [package_path(one) for one in first[row.id] if one.file]}
        for row in rows
    ]


def transfer_document(
    session: Session, row: Transfer, lang: str = "vi", *, most: int = OF_ONE
) -> dict[str, Any]:
    """The same of one."""
    session.flush()
    (document,) = transfer_documents(session, [row], lang, most=most)
    return document


def whole_document(session: Session, row: Transfer, lang: str = "vi") -> dict[str, Any]:
    """The same with every item, as a command prints it."""
    document = transfer_document(session, row, lang, most=0)
    for item in items_of(session, row.id):
        document["items"].append(item_document(item, lang))
        document["paths"] += [package_path(item)] if item.file else []
    return document


def _first_items(
    session: Session, ids: Sequence[UUID], most: int
) -> dict[UUID, list[TransferItem]]:
    found: dict[UUID, list[TransferItem]] = {one: [] for one in ids}
    if not most:
        return found
    beyond = aliased(TransferItem)
    last = (  # found by its place in the index: further ones are not looked at
        select(beyond.ordinal)
        .where(beyond.transfer_id == Transfer.id)
        .order_by(beyond.ordinal)
        .limit(1)
        .offset(most - 1)
        .scalar_subquery()
    )
    query = (
        select(TransferItem)
        .join(Transfer, Transfer.id == TransferItem.transfer_id)
        .where(Transfer.id.in_(ids), TransferItem.ordinal <= func.coalesce(last, _LAST))
        .order_by(TransferItem.transfer_id, TransferItem.ordinal)
    )
    for item in session.scalars(query):
        found[item.transfer_id].append(item)
    return found


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
        "items": [item_document(item, lang) for item in items],
        "counts": dict(Counter(item.state.value for item in items)),
        "paths": [],
        "next": [],
    }


def _document(row: Transfer, agency: tuple[str, str], counts: Counts) -> dict[str, Any]:
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
        "wanted_on": row.wanted_on and row.wanted_on.isoformat(),
        "register_sequence": row.register_sequence,
        "answer_sequence": row.answer_sequence,
        "fonds": row.fonds,
        "built_at": row.built_at and clock.iso(row.built_at),
        "manifest_sha256": row.manifest_sha256,
        "withdrawn_by": row.withdrawn_by,
        "withdrawn_at": row.withdrawn_at and clock.iso(row.withdrawn_at),
        "media": row.media,
        "partner_code": row.partner_code,
        "partner_number": row.partner_number,
        "sent_at": row.sent_at and clock.iso(row.sent_at),
        "received_at": row.received_at and clock.iso(row.received_at),
        "decide_by": row.decide_by and row.decide_by.isoformat(),
        "decided_by": row.decided_by,
        "decided_at": row.decided_at and clock.iso(row.decided_at),
        "reply_sequence": row.reply_sequence,
        "replied_at": row.replied_at and clock.iso(row.replied_at),
        "notice_sequence": row.notice_sequence,
        "closed_by": row.closed_by,
        "closed_at": row.closed_at and clock.iso(row.closed_at),
        "removable_on": row.removable_on and row.removable_on.isoformat(),
        "removal_by": row.removal_by,
        "removal_at": row.removal_at and clock.iso(row.removal_at),
        "counts": {state.value: number for state, number in sorted(counts.items())},
    }


def package_path(item: TransferItem) -> str:
    """Of its package, below the folder of the transfer."""
    return f"packages/{item.file}"


def item_document(item: TransferItem, lang: str) -> dict[str, Any]:
    """One of ``items`` of TRANSFER."""
    refusal = item.refusal and Refusal(item.refusal["code"], item.refusal["facts"])
    return {
        "code": item.code,
        "title": item.title,
        "ordinal": item.ordinal,
        "state": item.state.value,
        "reason": item.reason or (refusal_words(refusal, lang) if refusal else ""),
        "refusal": item.refusal,
        "version": item.version,
        "due_on": item.due_on and item.due_on.isoformat(),
        "documents": item.documents,
        "pages": item.pages,
        "package": item.package,
        "file": item.file,
        "size_bytes": item.size_bytes,
        "sha256": item.sha256,
        "medium": item.medium,
        "receipt": item.receipt,
    }


def refusal_words(refusal: Refusal, lang: str) -> str:
    """Why it may not stand on a register, in a sentence."""
    facts = dict(refusal.facts)
    if "error" in facts:  # of our own door, with the facts that it was raised with
        facts["words"] = messages.error(facts["error"], lang, facts["facts"]).message
    if "findings" in facts:
        found = tuple(
            (one["code"], {"place": one["place"]} | one["facts"]) for one in facts["findings"]
        )
        facts["words"] = messages.Findings(found).told(lang).strip()
    return messages.text(f"labels.transfer-refusal.{refusal.code}", lang, **facts)
