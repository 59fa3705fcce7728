"""Appointments of transfers as acts in every copy; their rows written again from there."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.acts import newest_bodies
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.keeping.act import Act
from archive_service.domain.transfer.appointment import APPOINTMENT, TransferAppointment
from archive_service.domain.transfer.transfer import Transfer
from archive_service.packaging.catalogue import plain_row, row_from


def tell_appointment(session: Session, row: TransferAppointment) -> None:
    """The appointment as it is now, into every copy."""
    session.flush()
    subject, body = str(row.id), {"appointment": plain_row(row)}
    session.add(Act(kind=APPOINTMENT, subject_id=subject, at=clock.now(), document=body))


def tell_untold_appointments(session: Session) -> int:
    """Acts of those that a release without such acts noted; how many. Safe to repeat."""
    subjects = set(session.scalars(select(Act.subject_id).where(Act.kind == APPOINTMENT)))
    rows = session.scalars(select(TransferAppointment).order_by(TransferAppointment.made_at))
    untold = [row for row in rows if str(row.id) not in subjects]
    for row in untold:
        tell_appointment(session, row)
    return len(untold)


def transfers_named(session: Session) -> dict[UUID, UUID]:
    """Appointment → the transfer that it names: gone from its row where that is written anew."""
    query = select(TransferAppointment.id, TransferAppointment.transfer_id)
    rows = session.execute(query.where(TransferAppointment.transfer_id.is_not(None)))
    return {row.id: row.transfer_id for row in rows}


def restore_appointments(session: Session, named: Mapping[UUID, UUID] | None = None) -> None:
    """Rows as the newest acts tell them, once agencies and transfers are back; safe to repeat.

    One whose agency is in no copy is left out; a transfer that is in none is named no more.

    Args:
        named: ``transfers_named`` of before; of rows that no act tells of.
    """
    session.flush()
    agencies = set(session.scalars(select(Agency.id)))
    for appointment_id, transfer_id in (named or {}).items():
        row = session.get_one(TransferAppointment, appointment_id)
        row.transfer_id = _there(session, transfer_id)
    for body in newest_bodies(session, APPOINTMENT):
        appointment = body["appointment"]
        values = row_from(TransferAppointment, appointment)
        if values.agency_id not in agencies:
            continue
        values.transfer_id = _there(session, values.transfer_id)
        row = session.get(TransferAppointment, values.id) or TransferAppointment(id=values.id)
        for name in appointment:
            setattr(row, name, getattr(values, name))
        session.add(row)
    session.flush()


def _there(session: Session, transfer_id: UUID | None) -> UUID | None:
    return transfer_id if transfer_id and session.get(Transfer, transfer_id) else None
