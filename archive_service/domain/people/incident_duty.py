"""What people write of an incident, and what has to be told of it to others in time."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

LONGEST_NOTE = 2000


class IncidentNote(Base):
    """What one person found or did; never changed afterwards."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)
    account: Mapped[str] = mapped_column(String(100))
    at: Mapped[dt.datetime] = mapped_column()
    text: Mapped[str] = mapped_column(String(LONGEST_NOTE))


class IncidentDuty(Base):
    """One report that the law asks for of one incident; over when it is sent, or not due at all.

    It outlives the trouble: what was repaired has to be told all the same.
    """

    __table_args__ = (UniqueConstraint("incident_id", "kind", name="uq_incident_duty"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    kind: Mapped[str] = mapped_column(String(40))  # a row of rule_sets/incident_duties.toml
    known_at: Mapped[dt.datetime] = mapped_column()  # the clock runs from here
    due_at: Mapped[dt.datetime] = mapped_column(index=True)
    citation: Mapped[str] = mapped_column(String(200))  # by which rule it was due then
    marked_by: Mapped[str] = mapped_column(String(100))
    marked_at: Mapped[dt.datetime] = mapped_column()
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what people wrote, by field
    reminded: Mapped[int] = mapped_column(default=0)  # how many of its reminders were told
    request_id: Mapped[UUID | None] = mapped_column()  # the paper that went out to be signed
    sent_at: Mapped[dt.datetime | None] = mapped_column()
    sent_to: Mapped[str] = mapped_column(String(300), default="", server_default="")
    sent_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    dropped_at: Mapped[dt.datetime | None] = mapped_column()
    dropped_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    reason: Mapped[str] = mapped_column(String(1000), default="", server_default="")  # why dropped
