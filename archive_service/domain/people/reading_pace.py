"""How fast an account is shown pages of reading copies."""

import datetime as dt
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class ReadingPace(Base):
    """The minute that an account reads in; each row is written for its own account alone."""

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    begun_at: Mapped[dt.datetime] = mapped_column()
    pages: Mapped[int] = mapped_column()
    told_at: Mapped[dt.datetime | None] = mapped_column()  # the last event
