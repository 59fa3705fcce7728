"""Faults that people report from the page where they happened."""

import datetime as dt
import enum
from uuid import UUID, uuid4

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class FaultState(enum.StrEnum):
    """How far it is; done is the end, with an answer."""

    NEW = "new"
    LOOKING = "looking"
    DONE = "done"


class FaultReport(Base):
    """What one person saw go wrong, and what became of it."""

    __table_args__ = (
        Index("ix_fault_report_of_person", "reported_by", "reported_at"),
        Index("ix_fault_report_state", "state", "reported_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    state: Mapped[FaultState] = mapped_column(default=FaultState.NEW)
    page: Mapped[str] = mapped_column(String(500))  # its address from the root; may be empty
    did: Mapped[str] = mapped_column(String(2000))  # what was being done, and what came of it
    # As a JPEG of ours: what the file that came held besides its picture is not in it.
    screenshot: Mapped[bytes | None] = mapped_column(deferred=True)
    has_screenshot: Mapped[bool] = mapped_column(default=False)
    reported_by: Mapped[str] = mapped_column(String(100))
    reported_at: Mapped[dt.datetime] = mapped_column()
    answer: Mapped[str] = mapped_column(String(2000), default="")
    answered_by: Mapped[str] = mapped_column(String(100), default="")
    answered_at: Mapped[dt.datetime | None] = mapped_column()
