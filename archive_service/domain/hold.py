"""Legal holds (tạm dừng xử lý), and in which copies the store's own lock carries them."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

HOLD = "hold"  # the kind of its acts
LONGEST_REASON = 1000  # characters
LONGEST_AUTHORITY = 500


class Hold(Base):
    """One order to leave a case file as it is, until it is lifted; several may overlap."""

    __tablename__ = "hold"
    __table_args__ = (Index("ix_hold_in_force", "case_file_id", "lifted_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    authority: Mapped[str] = mapped_column(String(LONGEST_AUTHORITY))  # số, ký hiệu văn bản
    placed_by: Mapped[str] = mapped_column(String(100))
    placed_at: Mapped[dt.datetime] = mapped_column(index=True)
    lift_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    lifted_by: Mapped[str] = mapped_column(String(100), default="")
    lifted_at: Mapped[dt.datetime | None] = mapped_column()


class HoldLock(Base):
    """What a copy's store was last read back to keep of the holds on a case file.

    ``in_store``: every file up to ``version`` has the store's own lock. Without it the store has
    no locks: there the hold is kept by this service alone.
    """

    __tablename__ = "hold_lock"
    __table_args__ = (UniqueConstraint("case_file_id", "copy"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    copy: Mapped[str] = mapped_column(String(100), index=True)
    version: Mapped[int] = mapped_column()
    in_store: Mapped[bool] = mapped_column()
    read_at: Mapped[dt.datetime] = mapped_column(index=True)
