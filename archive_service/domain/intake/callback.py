"""Where a system that handed something in wants to be told of it: one address a submission."""

import datetime as dt
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class Callback(Base):
    """An address, and the state of the submission that it was last told.

    What is due is read from here: the submission's state is another than ``told_state``.
    """

    submission_id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(500))
    account: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[dt.datetime] = mapped_column()
    told_state: Mapped[str] = mapped_column(String(24), default="")
    told_at: Mapped[dt.datetime | None] = mapped_column()
    attempts: Mapped[int] = mapped_column(default=0)  # since it was last told
    next_at: Mapped[dt.datetime] = mapped_column(index=True)
    trouble: Mapped[str] = mapped_column(String(200), default="")
