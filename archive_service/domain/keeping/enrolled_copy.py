"""The copies this archive has taken into use, each with the identity its bytes carry."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

COPY_ACT = "copy"  # the kind of act that tells of a copy's coming, renewal and leaving


class CopyStanding(enum.StrEnum):
    """``joining``: being filled; ``active``: counts; ``retired``: neither written nor read."""

    JOINING = "joining"
    ACTIVE = "active"
    RETIRED = "retired"


class CopyRole(enum.StrEnum):
    """A ``copy`` is complete alone; a ``reserve`` (lưu trữ dự phòng) holds what is marked."""

    COPY = "copy"
    RESERVE = "reserve"


class MediumFate(enum.StrEnum):
    """What became of the medium of a retired copy."""

    DESTROYED = "destroyed"
    WIPED = "wiped"  # overwritten, or its keys destroyed: it may serve again


class EnrolledCopy(Base):
    """A store that answers under ``name`` with another identity is not this copy."""

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    identity: Mapped[str] = mapped_column(String(36))
    enrolled_at: Mapped[dt.datetime] = mapped_column()
    state: Mapped[CopyStanding] = mapped_column(
        default=CopyStanding.ACTIVE, server_default=CopyStanding.ACTIVE.value
    )
    role: Mapped[CopyRole] = mapped_column(
        default=CopyRole.COPY, server_default=CopyRole.COPY.value
    )
    verified_at: Mapped[dt.datetime | None] = mapped_column()  # last proved whole
    # Files outside packages are locked at least till then; NULL: since they were written.
    loose_locked_until: Mapped[dt.datetime | None] = mapped_column()
    away_since: Mapped[dt.datetime | None] = mapped_column()  # it does not answer since then
    retired_at: Mapped[dt.datetime | None] = mapped_column()
    holdings_known: Mapped[bool] = mapped_column(default=False, server_default=false())
    # What was stated of the medium of a retired copy; {}: nothing.
    medium: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class RetiredHolding(Base):
    """A case file that may lie in a copy since before that was retired.

    Complete for the copies whose ``holdings_known`` is true, and for no other.
    """

    copy: Mapped[str] = mapped_column(String(100), primary_key=True)
    case_file_id: Mapped[UUID] = mapped_column(
        ForeignKey("case_file.id"), primary_key=True, index=True
    )
