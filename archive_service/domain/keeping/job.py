"""Jobs, the schedule of periodic ones, and the numbers of printed forms."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class JobState(enum.StrEnum):
    """``failed`` was refused and will not be tried again; ``dead`` was tried too often."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DEAD = "dead"


OPEN_STATES = (JobState.WAITING, JobState.RUNNING)
# Asked for by name: with "not done" a database reads through a million done ones.
UNFINISHED = (*OPEN_STATES, JobState.FAILED, JobState.DEAD)
# In these letters in the indexes and in each query: with bound values neither database would
# know that the few open jobs are all that is asked for, and read through a million done ones.
IS_OPEN = text("state IN ('waiting', 'running')")
_CLOCK_SET_BACK = dt.timedelta(minutes=5)  # a smaller step holds work up for no longer than this


class Job(Base):
    """One act on one case file or submission; leased, fenced, tried again with backing off."""

    __table_args__ = (
        Index(
            "uq_job_open",
            "name",
            "subject_id",
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
            postgresql_nulls_not_distinct=True,  # periodic jobs have no subject
        ),
        Index(
            "ix_job_due",
            "priority",
            "run_at",
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        Index("ix_job_state", "state", "created_at", "id"),
        Index("ix_job_created_at", "created_at", "id"),
        Index("ix_job_subject_id", "subject_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(60))
    queue: Mapped[str] = mapped_column(String(30), default="default")
    subject_id: Mapped[UUID | None] = mapped_column()
    priority: Mapped[int] = mapped_column(default=5)  # 0 first
    state: Mapped[JobState] = mapped_column(default=JobState.WAITING)
    run_at: Mapped[dt.datetime] = mapped_column()
    attempts: Mapped[int] = mapped_column(default=0)  # tries that count towards dead
    outages: Mapped[int] = mapped_column(default=0)  # tries that a silent backend ended
    fencing_token: Mapped[int] = mapped_column(default=0)  # grows with each lease
    lease_until: Mapped[dt.datetime | None] = mapped_column()
    worker: Mapped[str | None] = mapped_column(String(100))
    checkpoint: Mapped[dict[str, Any]] = mapped_column(default=dict)
    progress: Mapped[float] = mapped_column(default=0.0)  # 0 to 1
    error: Mapped[dict[str, Any]] = mapped_column(default=dict)  # {code, facts} of the last failure
    told_at: Mapped[dt.datetime | None] = mapped_column()  # when the broker was last to hear of it
    created_at: Mapped[dt.datetime] = mapped_column()
    finished_at: Mapped[dt.datetime | None] = mapped_column()


def may_begin(now: dt.datetime) -> ColumnElement[bool]:
    """Waits and is due; so is what was made in the future: the clock was set back since.

    What has failed since then is put off by no more than the step that is counted as one: it backs
    off as ever.
    """
    far = now + _CLOCK_SET_BACK
    made_in_future = (Job.created_at > far) & (Job.run_at > far)
    return (Job.state == JobState.WAITING) & ((Job.run_at <= now) | made_in_future)


class Schedule(Base):
    """A periodic job: claimed like any other when its time has come."""

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    every_s: Mapped[int] = mapped_column()
    next_at: Mapped[dt.datetime] = mapped_column()


class FormNumber(Base):
    """The last number given to a kind of form in a year: no gap, no double."""

    __table_args__ = (UniqueConstraint("form", "year"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    form: Mapped[str] = mapped_column(String(30))
    year: Mapped[int] = mapped_column()
    last: Mapped[int] = mapped_column(default=0)
