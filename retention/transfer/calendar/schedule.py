"""Lịch giao nộp: who delivers when, and what came of it, which the transfers tell.

A transfer that came in is of one appointment at most: the one that names it; else, of those of its
giver, the one on whose days it came, the last one that was missed before, or the next one.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.catalogue.agencies.agency_successors import Heir, heirs_of
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.appointment import AppointmentState, TransferAppointment
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferMessage,
    TransferMessageKind,
    TransferState,
)
from retention.transfer.calendar.waiting import LATE_DAYS, Waiting

_AROUND = dt.timedelta(days=2 * LATE_DAYS)  # what may bear on the days that are asked for
_IN = TransferDirection.IN


@dataclass(frozen=True, slots=True)
class Came:
    """A transfer; ``at``: when its packages came here, or went from here."""

    id: UUID
    number: str
    direction: TransferDirection
    state: TransferState
    agency_id: UUID
    partner_code: str
    at: dt.datetime | None

    @property
    def on(self) -> dt.date | None:
        """The local day of it."""
        return self.at and clock.local(self.at).date()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Appointments by their days, with what the transfers tell of them."""

    rows: Sequence[TransferAppointment]
    came: Mapping[UUID, Sequence[Came]]  # appointment → its transfers that came, or went
    named: Mapping[UUID, Came]  # appointment → the transfer that it names
    heirs: Mapping[UUID, Sequence[Heir]]  # agency → who took over from it

    def state(self, row: TransferAppointment) -> AppointmentState:
        """Where it stands today."""
        if row.cancelled_at is not None:
            return AppointmentState.CANCELLED
        if self.came.get(row.id):
            return AppointmentState.DELIVERED
        if row.to_on < clock.today():
            return AppointmentState.MISSED
        return AppointmentState.CONFIRMED if row.confirmed_at else AppointmentState.PLANNED

    def is_open(self, row: TransferAppointment) -> bool:
        """Whether it is still to come."""
        return self.state(row) in (AppointmentState.PLANNED, AppointmentState.CONFIRMED)


def read_calendar(session: Session, first: dt.date, last: dt.date, *, actor: Actor) -> Calendar:
    """Appointments of these days and those around them that bear on them; in a few statements."""
    wanted = and_(
        TransferAppointment.to_on >= clock.shifted(first, -_AROUND),
        TransferAppointment.from_on <= clock.shifted(last, _AROUND),
    )
    return _read(session, wanted, since=clock.shifted(first, -2 * _AROUND), actor=actor)


def appointments_of(session: Session, transfer_id: UUID, *, actor: Actor) -> Calendar:
    """Those that name this transfer."""
    names = TransferAppointment.transfer_id == transfer_id
    return _read(session, names, since=clock.today(), actor=actor)


def _read(
    session: Session, wanted: ColumnElement[bool], *, since: dt.date, actor: Actor
) -> Calendar:
    mine = access.visible(actor, "transfer:list", TransferAppointment.agency_id)
    rows = session.scalars(
        select(TransferAppointment)
        .where(mine, wanted)
        .order_by(
            TransferAppointment.from_on, TransferAppointment.to_on, TransferAppointment.made_at
        )
    ).all()
    heirs = heirs_of(session, {row.agency_id for row in rows})
    transfers = _transfers(session, rows, heirs, since)
    named = {row.id: transfers[row.transfer_id] for row in rows if row.transfer_id in transfers}
    return Calendar(rows, _came(rows, named, transfers.values(), heirs), named, heirs)


def _transfers(
    session: Session,
    rows: Sequence[TransferAppointment],
    heirs: Mapping[UUID, Sequence[Heir]],
    since: dt.date,
) -> dict[UUID, Came]:
    """Those that are named, and what came in since a day from whom there are appointments."""
    givers = {row.agency_id for row in rows if row.direction is _IN}
    givers |= {heir.agency_id for told in heirs.values() for heir in told}
    columns: Select[UUID, int, int, TransferDirection, TransferState, UUID, str] = select(
        Transfer.id,
        Transfer.number,
        Transfer.year,
        Transfer.direction,
        Transfer.state,
        Transfer.agency_id,
        Transfer.partner_code,
    )
    query = columns.add_columns(Transfer.sent_at, Transfer.received_at, _first_delivery()).where(
        or_(
            Transfer.id.in_({row.transfer_id for row in rows if row.transfer_id}),
            and_(
                Transfer.direction == _IN,
                Transfer.agency_id.in_(givers),
                Transfer.year >= since.year,
            ),
        )
    )
    found = {}
    for row in session.execute(query):
        *told, sent_at, received_at, first_at = row
        id_, number, year, direction, state, agency_id, partner_code = told
        at = (first_at or received_at) if direction is _IN else sent_at
        found[id_] = Came(
            id=id_,
            number=f"{number:02}/{year}",
            direction=direction,
            state=state,
            agency_id=agency_id,
            partner_code=partner_code,
            at=clock.of_database(at) if at and state is not TransferState.WITHDRAWN else None,
        )
    return found


def _first_delivery() -> ScalarSelect[dt.datetime | None]:
    """When the first manifest of a transfer came: ``received_at`` is that of the last one."""
    return (
        select(func.min(TransferMessage.delivered_at))
        .where(
            TransferMessage.transfer_id == Transfer.id,
            TransferMessage.kind == TransferMessageKind.MANIFEST,
            TransferMessage.direction == _IN,
        )
        .correlate(Transfer)
        .scalar_subquery()
    )


def _came(
    rows: Sequence[TransferAppointment],
    named: Mapping[UUID, Came],
    transfers: Iterable[Came],
    heirs: Mapping[UUID, Sequence[Heir]],
) -> dict[UUID, list[Came]]:
    """Appointment → transfers that came, or went, by their days."""
    found: dict[UUID, list[Came]] = {
        row.id: [named[row.id]] for row in rows if row.id in named and named[row.id].on
    }
    by_name = {appointment.id for appointment in named.values()}
    waiting: dict[UUID, Waiting] = {}  # giver → its appointments that name no transfer
    for row in rows:
        if row.direction is _IN and row.transfer_id is None and row.cancelled_at is None:
            after = (heir.agency_id for heir in heirs.get(row.agency_id, ()))
            for giver in dict.fromkeys((row.agency_id, *after)):
                waiting.setdefault(giver, Waiting()).add(row)
    moments = [
        (transfer.at, transfer)
        for transfer in transfers
        if transfer.at and transfer.direction is _IN and transfer.id not in by_name
    ]
    for at, moment in sorted(moments, key=lambda told: (told[0], told[1].number)):
        if (of_giver := waiting.get(moment.agency_id)) is None:
            continue
        found_for = of_giver.appointment_of(at, moment.partner_code, found)
        if found_for is not None:
            found.setdefault(found_for.id, []).append(moment)
    return found
