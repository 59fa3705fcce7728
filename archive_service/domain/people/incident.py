"""Incidents: one trouble, one row, one owner, from the first sign of it to its end."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class IncidentSeverity(enum.StrEnum):
    """How soon a person has to look: now, today, or at the next occasion."""

    ALARM = "alarm"
    WARNING = "warning"
    NOTICE = "notice"


class Incident(Base):
    """One trouble with one thing; told again, it is counted, not doubled."""

    __table_args__ = (
        Index(
            "uq_incident_open",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(String(40))  # its words: labels.incident
    subject: Mapped[str] = mapped_column(String(200))  # a copy's name, a code, a key, a port
    severity: Mapped[IncidentSeverity] = mapped_column()
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    owner: Mapped[str] = mapped_column(String(100), default="")  # the account that took it
    times: Mapped[int] = mapped_column(default=1)  # how often it was told
    opened_at: Mapped[dt.datetime] = mapped_column(index=True)
    seen_at: Mapped[dt.datetime] = mapped_column()  # when it was last told
    closed_at: Mapped[dt.datetime | None] = mapped_column()
