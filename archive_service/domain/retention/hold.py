"""Legal holds (tạm dừng xử lý), and in which copies the store's own lock carries them."""

import datetime as dt
import enum
from typing import Any, NotRequired, TypedDict
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base
from archive_service.domain.keeping.act import ActKind


class HoldBody(TypedDict):
    """The document of its acts; older ones know of neither orders nor fonds."""

    id: str
    case_file_id: str | None
    fonds_id: NotRequired[str | None]
    order_id: NotRequired[str | None]


class HoldOrderBody(TypedDict):
    """The document of acts of orders."""

    id: str
    scope: str
    case_files: int


HOLD: ActKind[HoldBody] = ActKind("hold")
HOLD_ORDER: ActKind[HoldOrderBody] = ActKind("hold-order")
HOLD_ROWS = "hold-rows"  # which case files an order on a search holds, some in each act
LONGEST_REASON = 1000  # characters
LONGEST_AUTHORITY = 500


class HoldScope(enum.StrEnum):
    """What an order names."""

    CASE_FILES = "case-files"
    SEARCH = "search"  # what it found at that moment
    FONDS = "fonds"  # all of it, what comes into it later as well


class HoldOrder(Base):
    """One order to leave things as they are; its holds are lifted one by one or all at once."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    scope: Mapped[HoldScope] = mapped_column()
    search: Mapped[dict[str, Any] | None] = mapped_column()  # words and what narrowed them
    case_files: Mapped[int] = mapped_column()  # so many were held when it was placed
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    authority: Mapped[str] = mapped_column(String(LONGEST_AUTHORITY))  # số, ký hiệu văn bản
    # Day up to which it is meant to last; a person is reminded then, and it stays in force.
    until: Mapped[dt.date | None] = mapped_column()
    reminded_on: Mapped[dt.date | None] = mapped_column()
    placed_by: Mapped[str] = mapped_column(String(100))
    placed_role: Mapped[str] = mapped_column(String(24))  # who may lift it
    placed_at: Mapped[dt.datetime] = mapped_column()


class Hold(Base):
    """A case file, or a whole fonds, held by an order until it is lifted; several may overlap."""

    __table_args__ = (
        Index("ix_hold_in_force", "case_file_id", "lifted_at"),
        Index("ix_hold_of_order", "order_id", "case_file_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("hold_order.id"))
    case_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    fonds_id: Mapped[UUID | None] = mapped_column(ForeignKey("fonds.id"), index=True)
    placed_at: Mapped[dt.datetime] = mapped_column(index=True)
    lift_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    lifted_by: Mapped[str] = mapped_column(String(100), default="")
    lifted_at: Mapped[dt.datetime | None] = mapped_column()

    order: Mapped[HoldOrder] = relationship(lazy="joined", innerjoin=True)

    @property
    def reason(self) -> str:
        """Why, as its order says."""
        return self.order.reason

    @property
    def authority(self) -> str:
        """The paper that its order rests on."""
        return self.order.authority

    @property
    def placed_by(self) -> str:
        """The account that gave the order."""
        return self.order.placed_by


class HoldLock(Base):
    """What a copy's store was last read back to keep of the holds on a case file.

    ``in_store``: every file up to ``version`` has the store's own lock. Without it the store has
    no locks: there the hold is kept by this service alone.
    """

    __table_args__ = (UniqueConstraint("case_file_id", "copy"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    copy: Mapped[str] = mapped_column(String(100), index=True)
    version: Mapped[int] = mapped_column()
    in_store: Mapped[bool] = mapped_column()
    read_at: Mapped[dt.datetime] = mapped_column(index=True)
