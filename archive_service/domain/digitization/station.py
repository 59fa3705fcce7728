"""Scanning stations (trạm số hóa): where page images come from."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class Station(Base):
    """One scanner with its operator's desk; its account of the same name bears the token."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(100), unique=True)  # the account's name
    title: Mapped[str] = mapped_column(String(200), default="")  # as people call it
    device: Mapped[str] = mapped_column(String(200), default="")  # make and model of the scanner
    standard: Mapped[str] = mapped_column(String(40), default="administrative")
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime] = mapped_column()
    seen_at: Mapped[dt.datetime | None] = mapped_column()  # when a page last came from it
