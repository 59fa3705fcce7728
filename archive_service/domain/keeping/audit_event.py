"""Audit events in one chain, and the sealed segments they are written out in."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

# SQLite counts a primary key by itself only when it is a plain INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")

# What the trail knows as a use of records: the tag by the name that pages and reports give it.
USES = {"read": "document:read", "exported": "case-file:exported", "copies": "copy:issued"}


class AuditEvent(Base):
    """One change of state, or one reading of restricted content; never updated."""

    number: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    tag: Mapped[str] = mapped_column(String(60), index=True)  # subject:outcome
    subject_id: Mapped[str | None] = mapped_column(String(100), index=True)
    account: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20))
    os_user: Mapped[str] = mapped_column(String(100), default="")
    agency_id: Mapped[str | None] = mapped_column(String(36))
    data: Mapped[dict[str, Any]] = mapped_column()
    previous_sha256: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)


# In these letters in the index and in each query: the few that wait, of however many there are.
IS_WAITING = text("NOT written")


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """An event as people read it.

    ``subject`` is a code, number or name where one is known, ``who`` the name of the account's
    person, ``addition`` what a submission adds, ``fields`` those that were changed.
    """

    number: int
    at: str
    tag: str
    account: str
    who: str
    address: str
    subject: str
    is_case_file: bool
    version: int | None
    ordinal: int | None
    act: str | None  # that a hold stopped
    addition: str
    fields: Sequence[str]
    segment: int | None


class AuditSegment(Base):
    """A run of events as one write-once file in ``audit/`` of every copy, chained to the last."""

    __table_args__ = (
        Index(
            "ix_audit_segment_waiting",
            "number",
            sqlite_where=IS_WAITING,
            postgresql_where=IS_WAITING,
        ),
    )

    number: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    first_event: Mapped[int] = mapped_column(_Number)
    last_event: Mapped[int] = mapped_column(_Number, unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    previous_sha256: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[dt.datetime] = mapped_column()
    written: Mapped[bool] = mapped_column(default=False)  # every copy holds it
    held_by: Mapped[str] = mapped_column(Text, default="", server_default="")  # see ``Act``
