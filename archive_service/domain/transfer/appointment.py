"""Appointments of transfers (lịch giao nộp): who is to deliver on which days."""

import datetime as dt
import enum
from typing import Any, TypedDict
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base
from archive_service.domain.keeping.act import ActKind
from archive_service.domain.transfer.transfer import (
    LONGEST_PARTNER,
    LONGEST_REASON,
    TransferDirection,
)


class AppointmentBody(TypedDict):
    """The document of their acts: the columns of one."""

    appointment: dict[str, Any]


APPOINTMENT: ActKind[AppointmentBody] = ActKind("transfer-appointment")


class AppointmentState(enum.StrEnum):
    """Where an appointment stands: read from the transfers that came, in no column."""

    PLANNED = "planned"
    CONFIRMED = "confirmed"  # the giver said yes to the day
    DELIVERED = "delivered"
    MISSED = "missed"  # its last day is over, and nothing came
    CANCELLED = "cancelled"


class TransferAppointment(Base):
    """Days on which an agency's records are to be delivered.

    Whether they were is never written here: it is read from the transfers, see
    ``calendar.schedule``. ``case_files`` and ``size_bytes`` are what was announced in words; of a
    ``transfer_id`` its register tells.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    direction: Mapped[TransferDirection] = mapped_column()  # in: to us; out: the day we were given
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)  # that gives
    partner_code: Mapped[str] = mapped_column(String(100), default="", index=True)
    partner: Mapped[str] = mapped_column(String(LONGEST_PARTNER), default="")  # the other archive
    transfer_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("transfer.id", ondelete="SET NULL"), index=True
    )
    fonds: Mapped[str] = mapped_column(String(100), default="")  # mã phông, when it is known
    from_on: Mapped[dt.date] = mapped_column(index=True)
    to_on: Mapped[dt.date] = mapped_column(index=True)  # the last day; that of ``from_on`` or later
    case_files: Mapped[int | None] = mapped_column()
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    made_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[dt.datetime] = mapped_column()
    confirmed_by: Mapped[str | None] = mapped_column(String(100))  # who noted the giver's yes
    confirmed_at: Mapped[dt.datetime | None] = mapped_column()
    cancelled_by: Mapped[str | None] = mapped_column(String(100))
    cancelled_at: Mapped[dt.datetime | None] = mapped_column()
    cancel_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    revision: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": revision}
