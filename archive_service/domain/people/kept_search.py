"""Searches that a person wants to come back to: kept under a name, or the last ones."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class KeptSearch(Base):
    """What one account asked; what it finds is asked anew each time, by the rights of then."""

    __table_args__ = (Index("ix_kept_search_newest", "account_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(120), default="")  # without one: of the last ones
    text: Mapped[str] = mapped_column(String(2000))
    conditions: Mapped[dict[str, Any]] = mapped_column()
    order: Mapped[str] = mapped_column(String(20))
    # Its owner is told of what is new: all that it found so far, by id.
    watched: Mapped[bool] = mapped_column(default=False, server_default="0")
    seen: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    at: Mapped[dt.datetime] = mapped_column()
