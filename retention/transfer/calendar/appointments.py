"""Appointments are made, moved, confirmed and called off; each leaves its event and act."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.appointment import AppointmentState, TransferAppointment
from archive_service.domain.transfer.partner import TransferPartner, TransferPartnerAgency
from archive_service.domain.transfer.transfer import (
    LONGEST_REASON,
    OVER,
    Transfer,
    TransferDirection,
    TransferState,
)
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.given import Given
from archive_service.text import telling_line
from retention.transfer.calendar.custody_acts import tell_appointment
from retention.transfer.calendar.schedule import Calendar, read_calendar
from retention.transfer.listing import get_transfer

ACT = "transfer:appoint"
LONGEST_PERIOD_DAYS = 366
_FURTHEST_DAYS = 20 * 366
_LONGEST_FONDS = 100
_MOST_BYTES = 2**62
_MOST_OFFERED = 100  # transfers to choose from
_MOST_CASE_FILES = 10**9


class AppointmentNotFoundError(NotFoundError):
    """No appointment bears this id, or it is not this account's to know."""


class AppointmentDaysError(InputError):
    """The last day is before the first or has passed, or the days are too many or too far."""


class AppointmentWordsError(InputError):
    """A field is missing, too long or too large: ``field``."""


class AppointmentNumberError(InputError):
    """An amount is no number from 0 on, or too large: ``field``."""


class AppointmentStateError(ConflictError):
    """It is delivered or called off: ``state``; this act comes too late."""


class AppointmentExistsError(ConflictError):
    """The transfer, or the giver on these very days, has one already."""


class AppointmentTransferError(ConflictError):
    """The transfer is of another agency, of the other direction, or withdrawn."""


class AppointmentFacts(Given):
    """What is told of an appointment when it is made or moved; ``None`` stays as it is."""

    from_on: dt.date | None = None
    to_on: dt.date | None = None
    fonds: str | None = None
    case_files: int | None = None
    size_bytes: int | None = None
    note: str | None = None
    transfer_id: UUID | None = None  # that it is for


def make_appointment(
    session: Session, facts: AppointmentFacts, agency: Agency | None, partner: str, *, actor: Actor
) -> TransferAppointment:
    """A new one, of a transfer that is told or of an agency that delivers here.

    Args:
        agency: that gives; with a transfer its own.
        partner: code of the archive that delivers for it; empty: the one known to, if it is one.

    Raises:
        ActNotAllowedError, AppointmentDaysError, AppointmentWordsError, AppointmentNumberError
        AppointmentExistsError, AppointmentTransferError, TransferNotFoundError
    """
    transfer = facts.transfer_id and get_transfer(session, facts.transfer_id, actor=actor)
    agency_id = transfer.agency_id if transfer else agency and agency.id
    if agency_id is None:
        raise AppointmentWordsError(field="agency", most=0)
    row = TransferAppointment(
        direction=transfer.direction if transfer else TransferDirection.IN,
        agency_id=agency_id,
        partner_code="",
        partner="",
        fonds="",
        note="",
        cancel_reason="",
        made_by=actor.account,
        made_at=clock.now(),
    )
    access.require(actor, ACT, row)
    if agency is not None and agency.id != agency_id and transfer:
        raise AppointmentTransferError(number=transfer.name)
    if facts.from_on is None:
        raise AppointmentWordsError(field="from_on", most=0)
    if transfer is None:
        _deliver_by(session, row, partner)
    _set_days(row, facts.from_on, facts.to_on or facts.from_on)
    _set(session, row, facts, actor)
    _require_new(session, row)
    session.add(row)
    _record(session, "transfer-appointment:made", row, actor)
    return row


def change_appointment(
    session: Session, row: TransferAppointment, facts: AppointmentFacts, *, actor: Actor
) -> None:
    """What is told is changed; on other days the giver has to say yes anew.

    Without another last day there are as many days as before.

    Raises:
        ActNotAllowedError, AppointmentDaysError, AppointmentWordsError, AppointmentNumberError
        AppointmentStateError, AppointmentExistsError, AppointmentTransferError
        TransferNotFoundError
    """
    access.require(actor, ACT, row)
    before = (row.from_on, row.to_on)
    moves = facts.from_on is not None or facts.to_on is not None
    if row.cancelled_at is not None or moves:
        require_open(session, row, actor=actor)
    if moves:
        first = facts.from_on or row.from_on
        _set_days(row, first, facts.to_on or first + (row.to_on - row.from_on))
    _set(session, row, facts, actor)
    _require_new(session, row)
    if (row.from_on, row.to_on) != before:
        row.confirmed_by, row.confirmed_at = None, None
    _record(session, "transfer-appointment:moved", row, actor, before=[str(on) for on in before])


def confirm_appointment(session: Session, row: TransferAppointment, *, actor: Actor) -> None:
    """The giver said yes to its days; safe to repeat.

    Raises:
        ActNotAllowedError, AppointmentStateError
    """
    access.require(actor, ACT, row)
    require_open(session, row, actor=actor)
    if row.confirmed_at is None:
        row.confirmed_by, row.confirmed_at = actor.account, clock.now()
        _record(session, "transfer-appointment:confirmed", row, actor)


def cancel_appointment(
    session: Session, row: TransferAppointment, reason: str, *, actor: Actor
) -> None:
    """Nobody comes on these days; safe to repeat.

    Raises:
        ActNotAllowedError, AppointmentWordsError
        AppointmentStateError: it is delivered.
    """
    access.require(actor, ACT, row)
    if row.cancelled_at is not None:
        return
    reason = _words("reason", reason, LONGEST_REASON)
    if not reason:
        raise AppointmentWordsError(field="reason", most=LONGEST_REASON)
    require_open(session, row, actor=actor)
    row.cancelled_by, row.cancelled_at = actor.account, clock.now()
    row.cancel_reason = reason
    _record(session, "transfer-appointment:cancelled", row, actor, reason=reason)


def get_appointment(
    session: Session, appointment_id: UUID, *, actor: Actor, locked: bool = False
) -> TransferAppointment:
    """The appointment; ``AppointmentNotFoundError`` where the account may not know of it."""
    mine = access.visible(actor, "transfer:list", TransferAppointment.agency_id)
    query = select(TransferAppointment).where(TransferAppointment.id == appointment_id, mine)
    row = session.scalar(query.with_for_update() if locked else query)
    if row is None:
        raise AppointmentNotFoundError(id=appointment_id)
    return row


def open_transfers(
    session: Session, row: TransferAppointment, *, actor: Actor
) -> Sequence[Transfer]:
    """Transfers of its giver that it may name, the newest first: not over, of no other one."""
    others = select(TransferAppointment.transfer_id).where(
        TransferAppointment.transfer_id.is_not(None), TransferAppointment.cancelled_at.is_(None)
    )
    query = select(Transfer).where(
        access.visible(actor, "transfer:list", Transfer.agency_id),
        Transfer.direction == row.direction,
        Transfer.agency_id == row.agency_id,
        Transfer.state.not_in(OVER),
        Transfer.id.not_in(others),
    )
    newest = Transfer.composed_at.desc(), Transfer.number.desc()
    return session.scalars(query.order_by(*newest).limit(_MOST_OFFERED)).all()


def calendar_of(session: Session, row: TransferAppointment, *, actor: Actor) -> Calendar:
    """The calendar in which it stands: wide enough to tell its state and who else comes."""
    return read_calendar(session, row.from_on, row.to_on, actor=actor)


def require_open(session: Session, row: TransferAppointment, *, actor: Actor) -> None:
    """``AppointmentStateError`` of what is delivered or called off; what was missed may go on."""
    session.flush()
    state = calendar_of(session, row, actor=actor).state(row)
    if state in (AppointmentState.DELIVERED, AppointmentState.CANCELLED):
        raise AppointmentStateError(state=state.value)


def _set(session: Session, row: TransferAppointment, facts: AppointmentFacts, actor: Actor) -> None:
    if facts.fonds is not None:
        row.fonds = _words("fonds", facts.fonds, _LONGEST_FONDS)
    if facts.note is not None:
        row.note = _words("note", facts.note, LONGEST_REASON)
    for field, most in (("case_files", _MOST_CASE_FILES), ("size_bytes", _MOST_BYTES)):
        number = getattr(facts, field)
        if number is not None:
            if not 0 <= number <= most:
                raise AppointmentNumberError(field=field, most=most)
            setattr(row, field, number)
    if facts.transfer_id is not None:
        _name_transfer(row, get_transfer(session, facts.transfer_id, actor=actor))


def _set_days(row: TransferAppointment, first: dt.date, last: dt.date) -> None:
    today = clock.today()
    too_long = (last - first).days >= LONGEST_PERIOD_DAYS
    if last < first or last < today or too_long or (last - today).days > _FURTHEST_DAYS:
        raise AppointmentDaysError(first=first, last=last, most=LONGEST_PERIOD_DAYS)
    row.from_on, row.to_on = first, last


def _name_transfer(row: TransferAppointment, transfer: Transfer) -> None:
    is_same = (transfer.direction, transfer.agency_id) == (row.direction, row.agency_id)
    if not is_same or transfer.state is TransferState.WITHDRAWN:
        raise AppointmentTransferError(number=transfer.name)
    row.transfer_id = transfer.id
    row.partner_code, row.partner = transfer.partner_code, transfer.partner


def _deliver_by(session: Session, row: TransferAppointment, code: str) -> None:
    """The archive of this code; without one the only one that hands over for the agency."""
    gives = TransferPartner.gives, TransferPartner.active
    query = select(TransferPartner).where(*gives)
    if code:
        found = session.scalars(query.where(TransferPartner.code == code.strip())).all()
        if not found:
            raise AppointmentWordsError(field="partner", most=0)
    else:
        query = query.join(TransferPartnerAgency)
        query = query.where(TransferPartnerAgency.agency_id == row.agency_id)
        found = session.scalars(query.limit(2)).all()
    if len(found) == 1:
        row.partner_code, row.partner = found[0].code, found[0].name


def _require_new(session: Session, row: TransferAppointment) -> None:
    """``AppointmentExistsError`` where its transfer has another, or its giver on these days."""
    query = select(TransferAppointment).where(TransferAppointment.cancelled_at.is_(None))
    if row.transfer_id is not None:
        query = query.where(TransferAppointment.transfer_id == row.transfer_id)
    else:
        query = query.where(
            TransferAppointment.direction == row.direction,
            TransferAppointment.agency_id == row.agency_id,
            TransferAppointment.partner_code == row.partner_code,
            TransferAppointment.transfer_id.is_(None),
            TransferAppointment.from_on == row.from_on,
            TransferAppointment.to_on == row.to_on,
        )
    with session.no_autoflush:
        others = session.scalars(query.limit(2)).all()
    for other in others:
        if other.id != row.id:
            raise AppointmentExistsError(first=other.from_on, last=other.to_on)


def _words(field: str, text: str, longest: int) -> str:
    plain = telling_line(text)
    if len(plain) > longest:
        raise AppointmentWordsError(field=field, most=longest)
    return plain


def _record(
    session: Session,
    tag: str,
    row: TransferAppointment,
    actor: Actor,
    **facts: object,
) -> None:
    tell_appointment(session, row)
    event_facts = {"from_on": row.from_on.isoformat(), "to_on": row.to_on.isoformat()}
    record_event(session, tag, of=row, actor=actor, data=event_facts | facts)
