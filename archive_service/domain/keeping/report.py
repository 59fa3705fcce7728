"""Reports of a period as they were made, and registers that were closed."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

REGISTER = "register"  # kind of the act that a closed register stands beside


class Report(Base):
    """Figures of a period as they were when it was made; the words below them may be edited."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(String(40), default="", server_default="")  # 03/BC-LT
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), index=True)
    first: Mapped[dt.date] = mapped_column()
    last: Mapped[dt.date] = mapped_column()
    made_at: Mapped[dt.datetime] = mapped_column(index=True)
    made_by: Mapped[str] = mapped_column(String(100))
    figures: Mapped[dict[str, Any]] = mapped_column()
    difficulties: Mapped[str] = mapped_column(String(4000), default="")
    proposals: Mapped[str] = mapped_column(String(4000), default="")
    revision: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": revision}


class ClosedRegister(Base):
    """A register (sổ) of a year that was printed, signed and closed."""

    __table_args__ = (UniqueConstraint("name", "year"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(30))
    year: Mapped[int] = mapped_column()
    rows: Mapped[int] = mapped_column()
    closed_at: Mapped[dt.datetime] = mapped_column()
    closed_by: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64))
