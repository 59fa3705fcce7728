"""Lịch giao nộp: who is to deliver when, planned, moved, called off; both sides are reminded.

What came is read from the transfers (``calendar.schedule``): nobody notes that a day was kept.
"""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.people.account import WORKER, Actor, Role
from archive_service.domain.people.notice import Notice
from archive_service.domain.transfer.appointment import AppointmentState, TransferAppointment
from archive_service.domain.transfer.transfer import Transfer, TransferDirection
from archive_service.evidence.acting import acting
from archive_service.notices import inbox
from archive_service.office_hours import office_hours
from archive_service.services import Services
from retention.transfer.calendar.appointments import (
    ACT,
    AppointmentDaysError,
    AppointmentFacts,
    calendar_of,
    cancel_appointment,
    change_appointment,
    confirm_appointment,
    get_appointment,
    make_appointment,
    open_transfers,
)
from retention.transfer.calendar.documents import AppointmentDocument
from retention.transfer.calendar.given import CancellationIn
from retention.transfer.calendar.listing import Days, appointment_documents
from retention.transfer.calendar.schedule import Calendar, appointments_of, read_calendar

LONGEST_RANGE_DAYS = 1100  # that one list tells
_STAFF = (Role.ARCHIVIST, Role.HEAD)
_MISSED_SINCE = dt.timedelta(days=30)  # what was missed before is not told any more
_NEAR = ("transfer-day-near", "transfer-own-day-near")  # of what comes in, of what goes out
_MISSED = ("transfer-day-missed", "transfer-own-day-missed")


def list_between(
    services: Services, first: dt.date, last: dt.date, *, agency: str = "", actor: Actor
) -> list[AppointmentDocument]:
    """APPOINTMENT of each that has one of these days, by its first day.

    Args:
        agency: code; of this one alone, and of those that it took over from.

    Raises:
        ActNotAllowedError, AgencyNotFoundError
        AppointmentDaysError: the last day is before the first, or they are more than 1100.
    """
    access.require(actor, "transfer:list")
    if not 0 <= (last - first).days <= LONGEST_RANGE_DAYS:
        raise AppointmentDaysError(first=first, last=last, most=LONGEST_RANGE_DAYS)
    with services.read_only() as session:
        wanted = get_agency(session, agency).id if agency else None
        calendar = read_calendar(session, first, last, actor=actor)
        rows = [
            row
            for row in calendar.rows
            if row.from_on <= last and row.to_on >= first and _is_of(calendar, row, wanted)
        ]
        return appointment_documents(session, calendar, days_of(services), rows)


def _is_of(calendar: Calendar, row: TransferAppointment, agency_id: UUID | None) -> bool:
    heirs = calendar.heirs.get(row.agency_id, ())
    return agency_id in (None, row.agency_id, *(heir.agency_id for heir in heirs))


def show(services: Services, appointment_id: UUID, *, actor: Actor) -> AppointmentDocument:
    """One appointment.

    Raises:
        ActNotAllowedError, AppointmentNotFoundError
    """
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        row = get_appointment(session, appointment_id, actor=actor)
        return _document(services, session, row, actor)


def may_name(
    services: Services, appointment_id: UUID, *, actor: Actor
) -> list[tuple[UUID, str, dt.date]]:
    """Id, number and day of composing, or announcing, of each transfer that it may be for.

    Raises:
        ActNotAllowedError, AppointmentNotFoundError
    """
    access.require(actor, ACT)
    with services.read_only() as session:
        row = get_appointment(session, appointment_id, actor=actor)
        found = open_transfers(session, row, actor=actor)
        return [
            (transfer.id, transfer.name, clock.local(transfer.composed_at).date())
            for transfer in found
        ]


def of_transfer(
    services: Services, session: Session, transfer: Transfer, *, actor: Actor
) -> AppointmentDocument | None:
    """The APPOINTMENT that a transfer is for, or delivered; ``None`` where there is none."""
    calendar = appointments_of(session, transfer.id, actor=actor)
    rows = [row for row in calendar.rows if row.cancelled_at is None]
    if not rows and transfer.direction is TransferDirection.IN:
        day = clock.local(transfer.received_at or transfer.composed_at).date()
        calendar = read_calendar(session, day, day, actor=actor)
        rows = [
            row
            for row in calendar.rows
            if transfer.id in (came.id for came in calendar.came.get(row.id, ()))
        ]
    found = appointment_documents(session, calendar, days_of(services), rows[:1])
    return found[0] if found else None


def add(
    services: Services,
    facts: AppointmentFacts,
    *,
    agency: str = "",
    partner: str = "",
    actor: Actor,
) -> AppointmentDocument:
    """A new APPOINTMENT; see ``make_appointment``. ``warnings`` say what speaks against its days.

    Args:
        agency: code of the agency that gives; needless with a transfer.
        partner: code of the archive that delivers for it.

    Raises:
        AgencyNotFoundError and what ``make_appointment`` raises.
    """
    with acting(services, ACT, actor) as session:
        take_write_lock(session)
        giver: Agency | None = get_agency(session, agency) if agency else None
        row = make_appointment(session, facts, giver, partner, actor=actor)
        return _document(services, session, row, actor)


def move(
    services: Services, appointment_id: UUID, facts: AppointmentFacts, *, actor: Actor
) -> AppointmentDocument:
    """The APPOINTMENT on other days, or with other facts; see ``change_appointment``."""

    def change(session: Session, row: TransferAppointment) -> None:
        change_appointment(session, row, facts, actor=actor)
        _settle(session, row)

    return _changed(services, appointment_id, change, actor)


def confirm(services: Services, appointment_id: UUID, *, actor: Actor) -> AppointmentDocument:
    """Note that the giver said yes to the days."""
    return _changed(
        services,
        appointment_id,
        lambda session, row: confirm_appointment(session, row, actor=actor),
        actor,
    )


def cancel(
    services: Services, appointment_id: UUID, given: CancellationIn, *, actor: Actor
) -> AppointmentDocument:
    """Call an appointment off."""

    def call_off(session: Session, row: TransferAppointment) -> None:
        cancel_appointment(session, row, given.reason, actor=actor)
        _settle(session, row)

    return _changed(services, appointment_id, call_off, actor)


def remind(services: Services) -> None:
    """The staff of the agency is told of a delivery some days ahead, and when one was missed.

    Once for each appointment and its days; what came or was called off is told no more.
    """
    today = clock.today()
    ahead = dt.timedelta(days=services.settings.transfer.remind_days)
    with services.writing() as session:
        calendar = read_calendar(session, today - _MISSED_SINCE, today + ahead, actor=WORKER)
        appointments = _told_before(session)
        for row in calendar.rows:
            day = str(row.from_on)
            if calendar.is_open(row):
                if row.from_on - ahead <= today and (row.id, day, False) not in appointments:
                    _tell_near(session, row)
            elif calendar.state(row) is not AppointmentState.MISSED:
                _settle(session, row)
            elif row.to_on >= today - _MISSED_SINCE and (row.id, day, True) not in appointments:
                _settle(session, row)
                _tell_missed(session, row)


def days_of(services: Services) -> Days:
    """How many may deliver on a day here, and when anybody works."""
    hours = office_hours(services.settings.home)
    return Days(services.settings.transfer.deliveries_per_day, hours.is_worked)


def _told_before(session: Session) -> set[tuple[UUID | None, str, bool]]:
    """Appointment, first day, and whether it was that nothing came, of what was told."""
    query = select(Notice.kind, Notice.subject_id, Notice.facts).where(
        Notice.kind.in_((*_NEAR, *_MISSED))
    )
    return {
        (about, facts["from_on"], kind in _MISSED) for kind, about, facts in session.execute(query)
    }


def _tell_near(session: Session, row: TransferAppointment) -> None:
    to, facts, href = _told_of(session, row)
    if row.direction is TransferDirection.IN:
        inbox.tell(session, "transfer-day-near", to=to, subject_id=row.id, facts=facts, href=href)
    else:
        inbox.tell(
            session, "transfer-own-day-near", to=to, subject_id=row.id, facts=facts, href=href
        )


def _tell_missed(session: Session, row: TransferAppointment) -> None:
    to, facts, href = _told_of(session, row)
    if row.direction is TransferDirection.IN:
        inbox.tell(session, "transfer-day-missed", to=to, subject_id=row.id, facts=facts, href=href)
    else:
        inbox.tell(
            session, "transfer-own-day-missed", to=to, subject_id=row.id, facts=facts, href=href
        )


def _told_of(session: Session, row: TransferAppointment) -> tuple[list[UUID], dict[str, str], str]:
    """People, facts and address of a notice."""
    facts = {
        "agency": session.get_one(Agency, row.agency_id).name,
        "partner": row.partner,
        "from_on": row.from_on.isoformat(),
        "to_on": row.to_on.isoformat(),
    }
    to = inbox.people(session, roles=_STAFF, agency_id=row.agency_id)
    return to, facts, f"/nop-luu/calendar/{row.id}"


def _settle(session: Session, row: TransferAppointment) -> None:
    for kind in (*_NEAR, *_MISSED):
        inbox.settle(session, kind, row.id)


def _changed(
    services: Services,
    appointment_id: UUID,
    change: Callable[[Session, TransferAppointment], None],
    actor: Actor,
) -> AppointmentDocument:
    with acting(services, ACT, actor) as session:
        take_write_lock(session)
        row = get_appointment(session, appointment_id, actor=actor, locked=True)
        change(session, row)
        return _document(services, session, row, actor)


def _document(
    services: Services, session: Session, row: TransferAppointment, actor: Actor
) -> AppointmentDocument:
    session.flush()
    calendar = calendar_of(session, row, actor=actor)
    (document,) = appointment_documents(session, calendar, days_of(services), [row])
    return document
