"""The fonds (phông): all that one agency brought forth."""

import datetime as dt
import enum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class FondsState(enum.StrEnum):
    """Whether the agency still adds to it."""

    OPEN = "open"
    CLOSED = "closed"


class Fonds(Base):
    """Fonds data of TT 05/2025 Điều 4 (names of the ten fields only; lengths are ours)."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    code: Mapped[str] = mapped_column(String(100), unique=True)  # mã phông
    name: Mapped[str] = mapped_column(String(500))
    state: Mapped[FondsState] = mapped_column(default=FondsState.OPEN)
    history: Mapped[str] = mapped_column(default="")  # lịch sử đơn vị hình thành phông
    period: Mapped[str] = mapped_column(String(100), default="")  # thời gian tài liệu
    total_documents: Mapped[int | None] = mapped_column()  # tổng số tài liệu, as declared
    classification: Mapped[str] = mapped_column(default="")  # phương án phân loại
    languages: Mapped[str] = mapped_column(String(100), default="01")
    risk_recovery: Mapped[bool] = mapped_column(default=False)  # chế độ dự phòng
    description: Mapped[str] = mapped_column(default="")  # ghi chú
    # Not of the circular: its own life, and what became of it. A successor is a link.
    former_names: Mapped[str] = mapped_column(default="", server_default="")  # one a line
    opened_on: Mapped[dt.date | None] = mapped_column()
    closed_on: Mapped[dt.date | None] = mapped_column()
    # How its codes are made that bear no year: ``{agency}.ML{inventory}.{number}``; "": none.
    code_scheme: Mapped[str] = mapped_column(String(100), default="", server_default="")
    close_reason: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    successor_id: Mapped[UUID | None] = mapped_column(index=True)  # of ``fonds``


class Series(Base):
    """Nhóm hồ sơ: a branch of the tree by which a fonds is arranged."""

    __table_args__ = (UniqueConstraint("fonds_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fonds_id: Mapped[UUID] = mapped_column(ForeignKey("fonds.id"), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("series.id"), index=True)
    code: Mapped[str] = mapped_column(String(50))  # such as I or I.2
    title: Mapped[str] = mapped_column(String(500))
    note: Mapped[str] = mapped_column(String(2000), default="")
    removed_on: Mapped[dt.date | None] = mapped_column()  # empty then; its act stays
