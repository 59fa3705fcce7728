"""Items of a transfer, some at a time: a transfer may have 100,000, and no list holds them all."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from itertools import count
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from archive_service.db.numbers import draw_number
from archive_service.db.paging import Order
from archive_service.db.words import has_words
from archive_service.domain.transfer.transfer import (
    GOING,
    TOLD_TOGETHER,
    Transfer,
    TransferItem,
    TransferItemState,
)
from retention.transfer.refusals import TransferItemsError

AT_ONCE = TOLD_TOGETHER  # items in one statement, and in one act
IN_ORDER = Order(columns=(TransferItem.ordinal,), write=(str,), read=(int,))


def parts_of(
    session: Session, transfer_id: UUID, *states: TransferItemState
) -> Iterator[Sequence[TransferItem]]:
    """All items, or those in these states, in the order of the register, a part at a time.

    What was changed of a part is written before the next one is read: memory stays flat.
    """
    query = select(TransferItem).where(TransferItem.transfer_id == transfer_id)
    if states:
        query = query.where(TransferItem.state.in_(states))
    last = 0
    while part := session.scalars(
        query.where(TransferItem.ordinal > last).order_by(TransferItem.ordinal).limit(AT_ONCE)
    ).all():
        last = part[-1].ordinal
        yield part
        session.flush()


def items_of(
    session: Session, transfer_id: UUID, *states: TransferItemState
) -> Iterator[TransferItem]:
    """The same, one by one."""
    for part in parts_of(session, transfer_id, *states):
        yield from part


def matching_items(row: Transfer, *, state: str = "", text: str = "") -> Select[TransferItem]:
    """Items in a state, or all, whose code or title has these words."""
    query = select(TransferItem).where(TransferItem.transfer_id == row.id)
    if state:
        query = query.where(TransferItem.state == TransferItemState(state))
    if text:
        has = has_words(text, TransferItem.code, TransferItem.title)
        # Every row is looked at, and by this index they come in the order in which they lie.
        query = query.where(TransferItem.ordinal >= 0, has)
    return query


def page_of_items(
    session: Session, row: Transfer, *, state: str = "", text: str = "", offset: int, limit: int
) -> Sequence[TransferItem]:
    """Some of ``matching_items`` in the order of the register, after so many others of them.

    Where no words are sought, an index alone tells where these begin: no row before is read.
    """
    query = matching_items(row, state=state, text=text)
    if offset and not text:
        ordinals = query.with_only_columns(TransferItem.ordinal).order_by(TransferItem.ordinal)
        first = ordinals.limit(1).offset(offset).correlate(None).scalar_subquery()
        query, offset = query.where(TransferItem.ordinal >= first), 0
    ordered = query.order_by(TransferItem.ordinal)
    return session.scalars(ordered.limit(limit).offset(offset)).all()


def items_named(
    session: Session, transfer_id: UUID, codes: Collection[str], *states: TransferItemState
) -> Iterator[TransferItem]:
    """Items of these codes, in any order."""
    query = select(TransferItem).where(TransferItem.transfer_id == transfer_id)
    if states:
        query = query.where(TransferItem.state.in_(states))
    wanted = sorted(codes)
    for start in range(0, len(wanted), AT_ONCE):
        some = TransferItem.code.in_(wanted[start : start + AT_ONCE])
        yield from session.scalars(query.where(some)).all()


def require_named(
    session: Session, row: Transfer, codes: Collection[str], *states: TransferItemState
) -> list[TransferItem]:
    """The items of these codes, all of them in one of the states; those that stand on it.

    Raises:
        TransferItemsError: of all the codes that are not.
    """
    found = list(items_named(session, row.id, codes, *(states or GOING)))
    if beyond := sorted(set(codes) - {item.code for item in found}):
        raise TransferItemsError(number=row.name, codes=beyond)
    return found


def counts_of(
    session: Session, transfer_ids: Collection[UUID]
) -> dict[UUID, Counter[TransferItemState]]:
    """How many items of each transfer are in which state, in one statement."""
    counts: dict[UUID, Counter[TransferItemState]] = {
        identifier: Counter() for identifier in transfer_ids
    }
    query = select(TransferItem.transfer_id, TransferItem.state, func.count()).where(
        TransferItem.transfer_id.in_(transfer_ids)
    )
    grouped = query.group_by(TransferItem.transfer_id, TransferItem.state)
    for transfer_id, state, number in session.execute(grouped):
        counts[transfer_id][state] = number
    return counts


def count_items(session: Session, transfer_id: UUID, *states: TransferItemState) -> int:
    """How many there are, or are in these states."""
    counted = counts_of(session, [transfer_id])[transfer_id]
    return sum(counted[state] for state in states) if states else counted.total()


def last_ordinal(session: Session, transfer_id: UUID) -> int:
    """Of the last item; 0 where there is none."""
    query = select(func.max(TransferItem.ordinal)).where(TransferItem.transfer_id == transfer_id)
    return session.scalar(query) or 0


def next_number(session: Session, row: Transfer) -> int:
    """Of the transfers of its direction and year; see ``draw_number``."""
    mine = Transfer.year == row.year, Transfer.direction == row.direction
    last = session.scalar(select(func.max(Transfer.number)).where(*mine)) or 0
    return draw_number(session, f"transfer-{row.direction}", row.year, after=last)


def number_anew(session: Session, transfer_id: UUID) -> int:
    """Ordinals without gaps, after items left; how many there are."""
    ordinals = count(1)
    for part in parts_of(session, transfer_id):
        for item in part:
            ordinal = next(ordinals)
            if item.ordinal != ordinal:
                item.ordinal = ordinal
                session.flush()  # each into the place that the one before left
    return next(ordinals) - 1


def digest_of_register(session: Session, row: Transfer) -> str:
    """SHA-256 of what is approved: each case file that stands on it, with its package's version."""
    digest = sha256()
    digest.update(b"[")
    comma = b""
    for item in items_of(session, row.id, *GOING):
        facts = {"case_file": str(item.case_file_id), "code": item.code, "version": item.version}
        plain = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest.update(comma + plain.encode())
        comma = b","
    digest.update(b"]")
    return digest.hexdigest()
