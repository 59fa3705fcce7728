"""When the system was down, and the numbers of forms that were given out on paper meanwhile."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base

OUTAGE = "outage"  # kind of act


class Outage(Base):
    """One outage: what was done on paper between its begin and its end is entered late."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    began_at: Mapped[dt.datetime] = mapped_column(index=True)
    ended_at: Mapped[dt.datetime] = mapped_column()
    reason: Mapped[str] = mapped_column(String(1000))
    entered_by: Mapped[str] = mapped_column(String(100))
    entered_at: Mapped[dt.datetime] = mapped_column()
    # Acts of people in the log of that time: the system, or a part of it, was running.
    acts_meanwhile: Mapped[int] = mapped_column(default=0, server_default="0")

    numbers: Mapped[list["ReservedNumber"]] = relationship(
        order_by="ReservedNumber.number", cascade="all, delete-orphan"
    )


class ReservedNumber(Base):
    """A number that was used on paper: drawn from the counter, so that no other paper has it.

    It waits till its paper is entered (``used_by``) or is told to be spoilt (``void_reason``).
    """

    __table_args__ = (UniqueConstraint("form", "year", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    outage_id: Mapped[UUID] = mapped_column(ForeignKey("outage.id"), index=True)
    form: Mapped[str] = mapped_column(String(40))
    year: Mapped[int] = mapped_column()
    number: Mapped[int] = mapped_column()
    text: Mapped[str] = mapped_column(String(40))  # as the paper bears it: 12/BBGN-LT
    used_by: Mapped[UUID | None] = mapped_column(unique=True)
    void_reason: Mapped[str] = mapped_column(String(1000), default="")

    def waits(self) -> bool:
        """Whether its paper has still to be entered."""
        return self.used_by is None and not self.void_reason
