"""Transfers as lists, commands and pages tell them, and what comes next of each."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from archive_service import access, clock
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.errors import NotFoundError
from retention.transfer.documents import TransferDocument, TransferItemDocument
from retention.transfer.items import counts_of
from retention.transfer.next_steps import Counts, minutes_to_sign, next_acts
from retention.transfer.transitions import TRANSITIONS

OF_ONE = 1000  # items that the document of one transfer holds at most; all are in its list
OF_EACH = 100  # and of each one of many
EVERY = 2**31 - 1  # all of them: no ordinal is beyond


class TransferNotFoundError(NotFoundError):
    """No transfer bears this id, or it is not this account's to know."""


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
    *,
    actor: Actor,
    locked: bool = True,
) -> Transfer:
    """The transfer, locked until the commit if so asked, for an act of ``TRANSITIONS``.

    Raises:
        TransferNotFoundError, ActNotAllowedError, TransferStateError, TransferDirectionError
    """
    row = get_transfer(session, transfer_id, actor=actor, locked=locked)
    TRANSITIONS.require(row, act, actor)
    return row


def matching_transfers(
    *, actor: Actor, state: str = "", direction: str = "", text: str = "", late: bool = False
) -> Select[Transfer]:
    """Transfers that the account may know of.

    Args:
        text: of the other archive, the agency or the reason, or a number as people write it:
            03/2026.
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


def waiting_here(*, actor: Actor) -> Select[Transfer]:
    """Of what comes in: registers to answer, packages to decide on, decisions to send."""
    arrived = exists().where(
        TransferItem.transfer_id == Transfer.id, TransferItem.state == TransferItemState.ARRIVED
    )
    coming = matching_transfers(actor=actor, direction=TransferDirection.IN.value)
    return coming.where(
        or_(
            Transfer.state.in_((TransferState.REGISTERED, TransferState.DECIDED)),
            and_(Transfer.state == TransferState.RECEIVED, arrived),
        )
    )


def _has_words(text: str) -> ColumnElement[bool]:
    number, _, year = text.partition("/")
    if number.isdecimal() and (not year or year.isdecimal()):
        numbered = Transfer.number == int(number[:9])
        return and_(numbered, Transfer.year == int(year[:9])) if year else numbered
    agency = select(Agency.name).where(Agency.id == Transfer.agency_id).scalar_subquery()
    return has_words(text, Transfer.partner, Transfer.reason, Transfer.partner_number, agency)


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
) -> list[TransferDocument]:
    """TRANSFER of the contract, with at most so many items of each: ``counts`` tell of all.

    Args:
        counted: how many items of each are in which state, where that is known already.
    """
    ids = [row.id for row in rows]
    wanted = {row.agency_id for row in rows}
    found = session.scalars(select(Agency).where(Agency.id.in_(wanted)))
    agencies = {agency.id: agency for agency in found}
    counts = counts_of(session, ids) if counted is None else counted
    first = _first_items(session, ids, most)
    to_sign = minutes_to_sign(session, rows)
    return [
        TransferDocument.of(
            row,
            agencies[row.agency_id],
            counts=counts[row.id],
            items=[TransferItemDocument.of(item, lang) for item in first[row.id]],
            next_=next_acts(row, counts[row.id], to_sign=row.id in to_sign),
        )
        for row in rows
    ]


def transfer_document(
    session: Session, row: Transfer, lang: str = "vi", *, most: int = OF_ONE
) -> TransferDocument:
    """The same of one."""
    session.flush()
    (document,) = transfer_documents(session, [row], lang, most=most)
    return document


def _first_items(
    session: Session, ids: Sequence[UUID], most: int
) -> dict[UUID, list[TransferItem]]:
    found: dict[UUID, list[TransferItem]] = {identifier: [] for identifier in ids}
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
        .where(Transfer.id.in_(ids), TransferItem.ordinal <= func.coalesce(last, EVERY))
        .order_by(TransferItem.transfer_id, TransferItem.ordinal)
    )
    for item in session.scalars(query):
        found[item.transfer_id].append(item)
    return found
