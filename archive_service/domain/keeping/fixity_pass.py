"""Passes over the copies, and what was found in them: how far reading again has come."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class FixityPass(Base):
    """One reading of everything in one copy; what it has done already is never done again.

    It goes through four parts: the packages, longest unread first, whose own rows tell how far it
    is; the acts, the segments of the audit trail, and the listing of all keys, for which
    ``cursor`` tells it. A rebuilt database begins a new one.
    """

    __table_args__ = (
        Index(
            "uq_fixity_pass_open",
            "copy",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    copy: Mapped[str] = mapped_column(String(100))
    started_at: Mapped[dt.datetime] = mapped_column(index=True)
    due_by: Mapped[dt.datetime] = mapped_column()  # the promise
    part: Mapped[str] = mapped_column(String(20))  # packages, acts, segments, listing
    cursor: Mapped[str] = mapped_column(Text, default="")  # the last thing done of this part
    total_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  # of packages, as it began
    total_packages: Mapped[int] = mapped_column(default=0)
    package_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  # of those, read by now
    read_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    packages: Mapped[int] = mapped_column(default=0)
    checked: Mapped[int] = mapped_column(BigInteger, default=0)  # files compared with their record
    intact: Mapped[int] = mapped_column(BigInteger, default=0)
    damaged: Mapped[int] = mapped_column(default=0)
    missing: Mapped[int] = mapped_column(default=0)
    unexpected: Mapped[int] = mapped_column(default=0)
    unsteady: Mapped[int] = mapped_column(default=0)  # wrong once, right on another connection
    seen_at: Mapped[dt.datetime] = mapped_column()  # the last slice
    paused: Mapped[str] = mapped_column(String(60), default="")  # code of what stopped it
    ended_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    # Of a large copy, how much was read when, as of an hour ago at most; else empty.
    counted: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class FixityTrouble(Base):
    """One file of one copy that is not as recorded, from the day it was found to its healing."""

    __table_args__ = (
        Index(
            "uq_fixity_trouble_open",
            "copy",
            "key",
            unique=True,
            sqlite_where=text("healed_at IS NULL"),
            postgresql_where=text("healed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    copy: Mapped[str] = mapped_column(String(100))
    key: Mapped[str] = mapped_column(String(1024))
    unit: Mapped[str] = mapped_column(String(200), index=True)  # the package's root, or the key
    status: Mapped[str] = mapped_column(String(20))  # damaged, missing, unexpected
    sha256_expected: Mapped[str | None] = mapped_column(String(64))
    sha256_found: Mapped[str | None] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(30))  # who is wrong: labels.fixity-verdict
    others: Mapped[dict[str, Any]] = mapped_column(default=dict)  # copy -> what lies there
    first_seen_at: Mapped[dt.datetime] = mapped_column(index=True)
    confirmed_at: Mapped[dt.datetime] = mapped_column()  # by the last second read
    times: Mapped[int] = mapped_column(default=1)
    healed_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    healed_by: Mapped[str] = mapped_column(String(100), default="")
