"""Changes of the access mode (chế độ sử dụng) that an authorised person confirms or refuses."""

import datetime as dt
import enum
from uuid import UUID, uuid4

from pydantic import JsonValue
from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base
from archive_service.domain.keeping.act import ActKind

MODE_CHANGE: ActKind[dict[str, JsonValue]] = ActKind("mode-change")
LONGEST_REASON = 1000


class ModeChangeState(enum.StrEnum):
    """Till it is decided on the stricter of both modes holds."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class ModeChange(Base):
    """One change of the access mode of a case file, or of one of its documents."""

    __table_args__ = (
        Index(
            "ix_mode_change_waiting",
            "case_file_id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    document_id: Mapped[UUID | None] = mapped_column()  # NULL: the case file itself
    was: Mapped[str] = mapped_column(String(30))
    becomes: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    state: Mapped[ModeChangeState] = mapped_column(default=ModeChangeState.WAITING)
    asked_by: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[dt.datetime] = mapped_column(index=True)
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    decided_at: Mapped[dt.datetime | None] = mapped_column()
    decide_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
