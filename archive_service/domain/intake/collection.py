"""Calling in (thu thập): the list of case files to be submitted, and what a unit keeps longer."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

COLLECTION = "collection-list"  # kinds of acts
KEEP_BACK = "keep-back"
LONGEST_REASON = 1000
LONGEST_PAPER = 200


class CollectionList(Base):
    """Danh mục hồ sơ nộp lưu of an agency and year, as it was published: NĐ 30/2020 Điều 31 k3.

    ``entries`` are ``{entry_id, notation, code, title, term, unit, person, due_on, settled_on}``;
    ``left_out`` are ``{notation, title, reason}``.
    """

    __table_args__ = (UniqueConstraint("agency_id", "year"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    year: Mapped[int] = mapped_column()  # in which the work ended
    number: Mapped[str] = mapped_column(String(40))
    due_on: Mapped[dt.date] = mapped_column()  # of what has no day of its own
    entries: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    left_out: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    published_by: Mapped[str] = mapped_column(String(100))
    published_at: Mapped[dt.datetime] = mapped_column(index=True)
    sha256: Mapped[str | None] = mapped_column(String(64))  # of the signed paper
    signed_at: Mapped[dt.datetime | None] = mapped_column()
    told_due_on: Mapped[dt.date | None] = mapped_column()  # when people were last reminded
    told_late_on: Mapped[dt.date | None] = mapped_column()


class KeepBackState(enum.StrEnum):
    """A request stands till it is decided."""

    ASKED = "asked"
    CONSENTED = "consented"
    REFUSED = "refused"


class KeepBack(Base):
    """A case file that a unit asks to keep past its due day: NĐ 30/2020 Điều 31 k3d."""

    __table_args__ = (
        Index(
            "uq_keep_back_standing",
            "agency_id",
            "code",
            unique=True,
            sqlite_where=text("state <> 'refused'"),
            postgresql_where=text("state <> 'refused'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    code: Mapped[str] = mapped_column(String(200), index=True)
    title: Mapped[str] = mapped_column(String(1000))
    year: Mapped[int] = mapped_column()
    unit: Mapped[str] = mapped_column(String(200), default="")
    person: Mapped[str] = mapped_column(String(200), default="")
    due_on: Mapped[dt.date] = mapped_column()
    until_on: Mapped[dt.date] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    state: Mapped[KeepBackState] = mapped_column(default=KeepBackState.ASKED, index=True)
    asked_by: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[dt.datetime] = mapped_column()
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[dt.datetime | None] = mapped_column()
    paper: Mapped[str] = mapped_column(String(LONGEST_PAPER), default="")  # number, date, issuer
    decision_reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="")
    reminded_on: Mapped[dt.date | None] = mapped_column()
