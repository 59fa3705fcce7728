"""Runs of backup and drills: what was done when, onto which medium, and how it ended."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class BackupOutcome(enum.StrEnum):
    """``interrupted``: a process ended in the middle; what it left is no backup."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class BackupRun(Base):
    """One run; the audit trail tells the same, so that a rebuild brings the rows back."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(String(20))  # incremental, full, complete, drill, restore
    media: Mapped[str] = mapped_column(String(500), index=True)  # the folder of the medium
    name: Mapped[str] = mapped_column(String(60), default="")  # of the set
    with_objects: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[dt.datetime] = mapped_column(index=True)
    ended_at: Mapped[dt.datetime | None] = mapped_column()
    files: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    outcome: Mapped[BackupOutcome] = mapped_column(default=BackupOutcome.RUNNING)
    manifest_sha256: Mapped[str] = mapped_column(String(64), default="")
    run_by: Mapped[str] = mapped_column(String(100), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # the error, or a drill's figures
