"""Appointments as commands, programs and pages tell them: with amounts, heirs and warnings."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.catalogue.agencies.agency_successors import agency_words
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.transfer.appointment import TransferAppointment
from archive_service.domain.transfer.transfer import TransferItem, TransferItemState
from retention.transfer.calendar.days import IsWorked, warnings_of
from retention.transfer.calendar.documents import (
    AppointmentDocument,
    AppointmentTransferDocument,
    HeirDocument,
)
from retention.transfer.calendar.schedule import Calendar, Came

_OFF = (
    TransferItemState.REFUSED,
    TransferItemState.DECLINED,
    TransferItemState.STOPPED,
    TransferItemState.RECALLED,
)
_Amount = tuple[int, int]  # case files, bytes


@dataclass(frozen=True, slots=True)
class Days:
    """How many may deliver on a day, and on which days anybody works."""

    per_day: int
    is_worked: IsWorked


def appointment_documents(
    session: Session, calendar: Calendar, days: Days, rows: Sequence[TransferAppointment]
) -> list[AppointmentDocument]:
    """Each of these rows of the calendar as a document; three statements for all of them."""
    names = agency_words(session, {row.agency_id for row in rows})
    amounts = _amounts(session, calendar, rows)
    coming = [row for row in calendar.rows if _is_here(calendar, row)]
    warned = warnings_of(
        coming, per_day=days.per_day, is_worked=days.is_worked, today=clock.today()
    )
    return [
        _document(calendar, row, names[row.agency_id], amounts, warned.get(row.id, []))
        for row in rows
    ]


def _is_here(calendar: Calendar, row: TransferAppointment) -> bool:
    return row.direction.value == "in" and calendar.is_open(row)


def _document(
    calendar: Calendar,
    row: TransferAppointment,
    agency: tuple[str, str],
    amounts: Mapping[UUID, _Amount],
    warnings: list[str],
) -> AppointmentDocument:
    """``case_files`` and ``size_bytes`` are those of the register that it names, where it does."""
    named = calendar.named.get(row.id)
    case_files, size_bytes = row.case_files, row.size_bytes
    if named is not None and named.id in amounts:
        case_files, size_bytes = amounts[named.id][0], amounts[named.id][1] or size_bytes
    heirs = [heir for heir in calendar.heirs.get(row.agency_id, ()) if heir.is_last]
    return AppointmentDocument.of_row(
        row,
        id=str(row.id),
        direction=row.direction.value,
        agency=agency[0],
        agency_name=agency[1],
        heirs=[HeirDocument(code=heir.code, name=heir.name, on=_day(heir.on)) for heir in heirs],
        transfer_id=row.transfer_id and str(row.transfer_id),
        transfer=named and named.number,
        from_on=row.from_on.isoformat(),
        to_on=row.to_on.isoformat(),
        case_files=case_files,
        size_bytes=size_bytes,
        state=calendar.state(row).value,
        transfers=[_came(came, amounts) for came in calendar.came.get(row.id, ())],
        warnings=warnings,
        made_at=clock.iso(row.made_at),
        confirmed_at=row.confirmed_at and clock.iso(row.confirmed_at),
        cancelled_at=row.cancelled_at and clock.iso(row.cancelled_at),
    )


def _came(came: Came, amounts: Mapping[UUID, _Amount]) -> AppointmentTransferDocument:
    case_files, size_bytes = amounts.get(came.id, (0, 0))
    return AppointmentTransferDocument(
        id=str(came.id),
        number=came.number,
        state=came.state.value,
        on=_day(came.on),
        case_files=case_files,
        size_bytes=size_bytes,
    )


def _day(on: dt.date | None) -> str | None:
    return None if on is None else on.isoformat()


def _amounts(
    session: Session, calendar: Calendar, rows: Sequence[TransferAppointment]
) -> dict[UUID, _Amount]:
    """Transfer → case files on it and their bytes; of a register those of the case files."""
    wanted = {came.id for row in rows for came in calendar.came.get(row.id, ())}
    wanted |= {calendar.named[row.id].id for row in rows if row.id in calendar.named}
    size = func.coalesce(func.nullif(TransferItem.size_bytes, 0), CaseFile.size_bytes, 0)
    query = (
        select(TransferItem.transfer_id, func.count(), func.sum(size))
        .outerjoin(CaseFile, CaseFile.id == TransferItem.case_file_id)
        .where(TransferItem.transfer_id.in_(wanted), TransferItem.state.not_in(_OFF))
        .group_by(TransferItem.transfer_id)
    )
    return {row[0]: (row[1], int(row[2] or 0)) for row in session.execute(query)}
