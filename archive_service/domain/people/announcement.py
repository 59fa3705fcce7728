"""Announcements: what every page tells beforehand, and when writing rests for maintenance."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class Announcement(Base):
    """A sentence on every page from its making to its end, or till it is withdrawn."""

    __table_args__ = (Index("ix_announcement_shown", "withdrawn_at", "ends_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    text: Mapped[str] = mapped_column(String(500))  # as it was written, in the language it was
    starts_at: Mapped[dt.datetime] = mapped_column()
    ends_at: Mapped[dt.datetime] = mapped_column()
    # Between the two, acts that change something are refused; reading goes on.
    maintenance: Mapped[bool] = mapped_column(default=False)
    announced_by: Mapped[str] = mapped_column(String(100))
    announced_at: Mapped[dt.datetime] = mapped_column()
    withdrawn_by: Mapped[str] = mapped_column(String(100), default="")
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column()
