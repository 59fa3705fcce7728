"""What was done on paper and entered afterwards: with its own time, the reason and the paper."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

LATE_ENTRY = "late-entry"  # kind of act


class LateEntry(Base):
    """One act on one thing: when it was done, and when and why it was entered later."""

    __table_args__ = (UniqueConstraint("subject_id", "what"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    outage_id: Mapped[UUID] = mapped_column(ForeignKey("outage.id"), index=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    what: Mapped[str] = mapped_column(String(40))  # labels.late-entry
    happened_at: Mapped[dt.datetime] = mapped_column(index=True)
    entered_at: Mapped[dt.datetime] = mapped_column()
    acts_meanwhile: Mapped[int] = mapped_column(default=0, server_default="0")  # of its outage
    entered_by: Mapped[str] = mapped_column(String(100))
    done_by: Mapped[str] = mapped_column(String(200))  # who did it on paper, as the paper says
    reason: Mapped[str] = mapped_column(String(1000))
    paper: Mapped[str] = mapped_column(String(200))
