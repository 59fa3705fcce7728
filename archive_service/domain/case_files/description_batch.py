"""Many case files described at once: what is asked, what it would do, and what it did."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

DESCRIPTION_BATCH = "description-batch"  # kind of its acts


class BatchState(enum.StrEnum):
    """First it is looked at what would change; nothing is changed before a person says so."""

    JUDGING = "judging"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    DROPPED = "dropped"


class ItemState(enum.StrEnum):
    """What becomes of one case file."""

    WAITING = "waiting"  # not looked at yet
    READY = "ready"  # would change, or waits for its turn
    SAME = "same"  # says all of it already
    REFUSED = "refused"
    CHANGED = "changed"
    UNDONE = "undone"


class DescriptionBatch(Base):
    """One order for many case files; its progress is the states of its items."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID | None] = mapped_column(index=True)  # of whoever asked; NULL: of none
    made_by: Mapped[str] = mapped_column(String(100))
    os_user: Mapped[str] = mapped_column(String(100), default="")
    made_at: Mapped[dt.datetime] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(1000))
    orders: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    state: Mapped[BatchState] = mapped_column(default=BatchState.JUDGING)
    total: Mapped[int] = mapped_column(default=0)
    undo_of: Mapped[UUID | None] = mapped_column(index=True)  # the batch that it takes back
    ended_at: Mapped[dt.datetime | None] = mapped_column()


class DescriptionItem(Base):
    """One case file of a batch; ``changes``: document (its id; none: the case file), field, values.

    ``edition`` is the one that was looked at: what was shown is what is done. ``retention``: last
    day of keeping, ``{was, becomes}`` of ``{ends_on, permanent}``; none where no change moves it.
    """

    __table_args__ = (
        UniqueConstraint("batch_id", "ordinal"),
        Index("ix_description_item_state", "batch_id", "state", "ordinal"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("description_batch.id"))
    ordinal: Mapped[int] = mapped_column()
    case_file_id: Mapped[UUID] = mapped_column(index=True)
    code: Mapped[str] = mapped_column(String(100))
    state: Mapped[ItemState] = mapped_column(default=ItemState.WAITING)
    edition: Mapped[int | None] = mapped_column()
    changes: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    refusals: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # findings
    retention: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
