"""Archives that hand over to us: what each brought, what waits, and how much came today."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.partner import TransferPartner, TransferPartnerDay
from archive_service.domain.transfer.transfer import (
    OVER,
    Transfer,
    TransferDirection,
    TransferItemState,
    TransferState,
)
from retention.transfer.amounts import sums_of
from retention.transfer.partners.documents import GiverDocument

_WAITING = (TransferItemState.AWAITED, TransferItemState.ARRIVED, TransferItemState.ACCEPTED)


def givers(session: Session, *, actor: Actor) -> list[GiverDocument]:
    """GIVER of each archive that hands over, the most urgent first; in four statements.

    ``decide_by`` is the first day by which an open transfer is to be decided.
    """
    access.require(actor, "partner:list")
    rows = session.scalars(
        select(TransferPartner).where(TransferPartner.gives).order_by(TransferPartner.code)
    ).all()
    transfers, items = _transfers(session), _items(session)
    query = select(TransferPartnerDay).where(TransferPartnerDay.on == clock.today())
    today = {day.partner_id: day.size_bytes for day in session.scalars(query)}
    found = [
        _giver(row, transfers.get(row.code), items.get(row.code, []), today.get(row.id, 0))
        for row in rows
    ]
    return sorted(found, key=lambda giver: (giver.decide_by or "9999", giver.code))


def _transfers(session: Session) -> dict[str, RowMapping]:
    is_open = (Transfer.state == TransferState.RECEIVED) & Transfer.decide_by.is_not(None)
    today = clock.today()
    query = (
        select(
            Transfer.partner_code,
            func.count().label("transfers"),
            func.count().filter(Transfer.state.not_in(OVER), is_open).label("open"),
            func.min(Transfer.decide_by).filter(is_open).label("decide_by"),
            func.count().filter(is_open, Transfer.decide_by < today).label("late"),
            func.max(Transfer.received_at).label("last_at"),
        )
        .where(Transfer.direction == TransferDirection.IN)
        .group_by(Transfer.partner_code)
    )
    return {row["partner_code"]: row for row in session.execute(query).mappings()}


def _items(session: Session) -> dict[str, list[tuple[TransferItemState, int, int]]]:
    sums = sums_of(Transfer.direction == TransferDirection.IN)
    query = (
        select(
            Transfer.partner_code,
            sums.c.state,
            func.sum(sums.c.number),
            func.sum(sums.c.size_bytes),
        )
        .join(sums, sums.c.transfer_id == Transfer.id)
        .group_by(Transfer.partner_code, sums.c.state)
    )
    found: dict[str, list[tuple[TransferItemState, int, int]]] = {}
    for code, state, number, size_bytes in session.execute(query):
        found.setdefault(code, []).append((state, number, int(size_bytes or 0)))
    return found


def _giver(
    row: TransferPartner,
    brought: RowMapping | None,
    items: Sequence[tuple[TransferItemState, int, int]],
    bytes_today: int,
) -> GiverDocument:
    decide_by, last_at = (brought["decide_by"], brought["last_at"]) if brought else (None, None)
    return GiverDocument.of_row(
        row,
        transfers=brought["transfers"] if brought else 0,
        open=brought["open"] if brought else 0,
        late=brought["late"] if brought else 0,
        decide_by=decide_by and decide_by.isoformat(),
        last_at=last_at and clock.iso(clock.of_database(last_at)),
        items={state.value: number for state, number, _ in sorted(items)},
        waiting=sum(number for state, number, _ in items if state in _WAITING),
        size_bytes=sum(size for state, _, size in items if state is TransferItemState.STORED),
        bytes_today=bytes_today,
    )
