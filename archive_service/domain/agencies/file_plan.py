"""The file plan (Danh mục hồ sơ) of an agency and year, and what changes it once in force."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base

MOST_LEVELS = 2  # NĐ 30/2020 Phụ lục V mục II: đề mục lớn, đề mục nhỏ


class FilePlanState(enum.StrEnum):
    """A draft binds nobody; an approved plan is the authority for codes of its year."""

    DRAFT = "draft"
    APPROVED = "approved"


class Numbering(enum.StrEnum):
    """How entries are numbered from 01 on: NĐ 30/2020 Phụ lục V mục I.2."""

    PLAN = "plan"  # over the whole plan
    HEADING = "heading"  # within each major heading


class FilePlan(Base):
    """Columns after NĐ 30/2020 Phụ lục V.II.

    ``version`` is 1 from its approval on, one more with each approved amendment. ``findings`` are
    those of reading the file that the draft came from, as ``{code, severity, place, facts}``.
    """

    __table_args__ = (UniqueConstraint("agency_id", "year"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    year: Mapped[int] = mapped_column()
    state: Mapped[FilePlanState] = mapped_column(default=FilePlanState.DRAFT)
    approved_by: Mapped[str | None] = mapped_column(String(100))
    approved_at: Mapped[dt.datetime | None] = mapped_column()
    numbering: Mapped[Numbering] = mapped_column(
        default=Numbering.PLAN, server_default=Numbering.PLAN.value
    )
    number: Mapped[str] = mapped_column(String(40), default="", server_default="")  # as printed
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    findings: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    revision: Mapped[int] = mapped_column()

    headings: Mapped[list["FilePlanHeading"]] = relationship(
        back_populates="plan", order_by="FilePlanHeading.ordinal", cascade="all, delete-orphan"
    )
    entries: Mapped[list["FilePlanEntry"]] = relationship(
        back_populates="plan", order_by="FilePlanEntry.ordinal", cascade="all, delete-orphan"
    )
    amendments: Mapped[list["FilePlanAmendment"]] = relationship(
        back_populates="plan", order_by="FilePlanAmendment.number", cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": revision}

    def in_order(self) -> list[tuple["FilePlanHeading | None", list["FilePlanEntry"]]]:
        """Headings with the entries right below each; first those that stand under none."""
        below: dict[UUID | None, list[FilePlanEntry]] = {None: []}
        for heading in self.headings:
            below[heading.id] = []
        for entry in sorted(self.entries, key=lambda entry: entry.ordinal):
            below.get(entry.heading_id, below[None]).append(entry)
        found: list[tuple[FilePlanHeading | None, list[FilePlanEntry]]] = []
        if below[None]:
            found.append((None, below[None]))
        return found + [(heading, below[heading.id]) for heading in self.headings]


class FilePlanHeading(Base):
    """A heading, major (level 1) or minor (level 2); ``symbol`` ends the numbers below a major."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("file_plan.id"), index=True)
    ordinal: Mapped[int] = mapped_column()
    level: Mapped[int] = mapped_column(default=1)
    number: Mapped[str] = mapped_column(String(20), default="")
    title: Mapped[str] = mapped_column(String(500))
    symbol: Mapped[str] = mapped_column(String(30), default="")

    plan: Mapped[FilePlan] = relationship(back_populates="headings")

    @property
    def label(self) -> str:
        """As it is printed: ``I. TỔNG HỢP (TH)``."""
        numbered = f"{self.number}. {self.title}" if self.number else self.title
        return (f"{numbered} ({self.symbol})" if self.symbol else numbered)[:500]


class FilePlanEntry(Base):
    """One case file to be opened, under its heading.

    ``heading_id`` is null where it stands under none, or above the first heading; ``heading`` are
    the words of it. ``rule_set`` is the kind of case file: the rules of completeness that it is
    judged by while it is filed and at the desk. One that is ``outside`` was opened during the
    year: NĐ 30/2020 Điều 29 k2c.
    """

    __table_args__ = (UniqueConstraint("plan_id", "notation"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("file_plan.id"), index=True)
    ordinal: Mapped[int] = mapped_column()
    heading: Mapped[str] = mapped_column(String(500), default="")
    heading_id: Mapped[UUID | None] = mapped_column()
    notation: Mapped[str] = mapped_column(String(40))  # số và ký hiệu, such as 01.TH
    title: Mapped[str] = mapped_column(String(1000))
    term: Mapped[str] = mapped_column(String(100))  # as written: "20 năm", "Vĩnh viễn"
    years: Mapped[int | None] = mapped_column()  # None with permanent, or where only a rule tells
    permanent: Mapped[bool] = mapped_column(default=False)
    rule_code: Mapped[str | None] = mapped_column(String(60))
    rule_set: Mapped[str] = mapped_column(String(60), default="", server_default="")  # its kind
    creator: Mapped[str] = mapped_column(String(200), default="")
    unit: Mapped[str] = mapped_column(String(200), default="", server_default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    outside: Mapped[bool] = mapped_column(default=False, server_default="0")
    started_on: Mapped[dt.date | None] = mapped_column()
    opened_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    opened_at: Mapped[dt.datetime | None] = mapped_column()

    plan: Mapped[FilePlan] = relationship(back_populates="entries")


class FilePlanAmendment(Base):
    """What changes an approved plan: a draft beside it, approved once.

    ``changes`` are ``{kind, notation, …}`` in their order, ``kind`` one of add, change and drop.
    """

    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("file_plan.id"), index=True)
    number: Mapped[int] = mapped_column()  # of the version that it makes: 2 is the first
    state: Mapped[FilePlanState] = mapped_column(default=FilePlanState.DRAFT)
    reason: Mapped[str] = mapped_column(String(500), default="")
    changes: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[dt.datetime] = mapped_column()
    approved_by: Mapped[str | None] = mapped_column(String(100))
    approved_at: Mapped[dt.datetime | None] = mapped_column()
    revision: Mapped[int] = mapped_column()

    plan: Mapped[FilePlan] = relationship(back_populates="amendments")
    __mapper_args__ = {"version_id_col": revision}
