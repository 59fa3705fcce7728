"""What moves a term: events that start its clock, changes of it, adopted schedules, what-ifs."""

import datetime as dt
import enum
from typing import Any, TypedDict
from uuid import UUID, uuid4

from pydantic import JsonValue
from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base
from archive_service.domain.keeping.act import ActKind


class RetentionChangeBody(TypedDict):
    """The document of acts of changes."""

    id: str
    case_file_id: str
    at: str
    by: str
    cause: str
    before: dict[str, Any]
    after: dict[str, Any]


class RetentionScheduleBody(TypedDict):
    """The document of acts of schedules: all columns."""

    id: str
    state: str


RETENTION_EVENT: ActKind[dict[str, JsonValue]] = ActKind("retention-event")
RETENTION_CHANGE: ActKind[RetentionChangeBody] = ActKind("retention-change")
RETENTION_SCHEDULE: ActKind[RetentionScheduleBody] = ActKind("retention-schedule")
LONGEST_BASIS = 500  # characters
LONGEST_REASON = 1000


class RetentionEvent(Base):
    """Something happened from which a term counts: a contract ended, a document expired.

    Taken back by ``withdrawn_at``; the row stays.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))  # labels.retention-event
    happened_on: Mapped[dt.date] = mapped_column()
    basis: Mapped[str] = mapped_column(String(LONGEST_BASIS))  # the paper that shows it
    recorded_by: Mapped[str] = mapped_column(String(100))
    recorded_at: Mapped[dt.datetime] = mapped_column()
    withdrawn_by: Mapped[str | None] = mapped_column(String(100))
    withdrawn_at: Mapped[dt.datetime | None] = mapped_column()
    withdrawn_reason: Mapped[str] = mapped_column(String(LONGEST_BASIS), default="")


class RetentionChange(Base):
    """A case file's term before and after, and what moved it."""

    __table_args__ = (Index("ix_retention_change_of", "case_file_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    at: Mapped[dt.datetime] = mapped_column()
    by: Mapped[str] = mapped_column(String(100))
    cause: Mapped[str] = mapped_column(String(40))  # labels.retention-cause
    before: Mapped[dict[str, Any]] = mapped_column()  # {rule, starts_on, ends_on, permanent}
    after: Mapped[dict[str, Any]] = mapped_column()


class ScheduleState(enum.StrEnum):
    """Where a schedule of this archive stands."""

    DRAFT = "draft"
    ADOPTED = "adopted"
    DROPPED = "dropped"


class RetentionSchedule(Base):
    """A rule set that was loaded here (bảng thời hạn lưu trữ), beside those that ship.

    ``document`` is the file as it was read: ``{rule_set, rules}``. Adopted ones are acts.
    """

    __table_args__ = (UniqueConstraint("code", "edition"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(String(60))
    edition: Mapped[int] = mapped_column()
    title: Mapped[str] = mapped_column(String(500))
    document: Mapped[dict[str, Any]] = mapped_column()
    sha256: Mapped[str] = mapped_column(String(64))  # of the document, canonical JSON
    state: Mapped[ScheduleState] = mapped_column(default=ScheduleState.DRAFT, index=True)
    loaded_by: Mapped[str] = mapped_column(String(100))
    loaded_at: Mapped[dt.datetime] = mapped_column()
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[dt.datetime | None] = mapped_column()
    reason: Mapped[str] = mapped_column(String(1000), default="")
    revision: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": revision}


class WhatIf(Base):
    """A schedule that is not adopted, tried on the holdings; living data stay untouched."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("retention_schedule.id"), index=True)
    asked_by: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[dt.datetime] = mapped_column(index=True)
    as_of: Mapped[dt.date] = mapped_column()
    cursor: Mapped[str | None] = mapped_column(String(100))  # last code looked at, in order
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    done_at: Mapped[dt.datetime | None] = mapped_column()


class WhatIfItem(Base):
    """One case file whose last day would be another.

    Written in the order of its key: a million of them go in without a page read twice.
    """

    what_if_id: Mapped[UUID] = mapped_column(ForeignKey("what_if.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(100), primary_key=True)
    rule: Mapped[str] = mapped_column(String(60))
    ends_before: Mapped[dt.date | None] = mapped_column()
    ends_after: Mapped[dt.date | None] = mapped_column()
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    turn: Mapped[str] = mapped_column(String(20))  # labels.what-if-turn
    conflict: Mapped[str] = mapped_column(String(60), default="")  # held, proposed, transferred
