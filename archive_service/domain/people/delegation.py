"""Duties that somebody hands to a colleague for some days."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base
from archive_service.domain.people.account import LONGEST_REASON
from archive_service.domain.people.some_days import ForSomeDays


class Delegation(ForSomeDays, Base):
    """Named duties of one person, done by another from the first day to the last one."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    giver_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    receiver_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    duties: Mapped[list[str]] = mapped_column()
    first_day: Mapped[dt.date] = mapped_column()
    last_day: Mapped[dt.date] = mapped_column()
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    given_at: Mapped[dt.datetime] = mapped_column()
    waits: Mapped[bool] = mapped_column(default=False)  # for a second person
    gain_id: Mapped[UUID | None] = mapped_column()  # what waits, or waited, for them
    ended_at: Mapped[dt.datetime | None] = mapped_column()  # before its last day
    ended_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
