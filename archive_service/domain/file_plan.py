"""The file plan (Danh mục hồ sơ) of an agency and year."""

import datetime as dt
import enum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base


class FilePlanState(enum.StrEnum):
    """A draft binds nobody; an approved plan is the authority for codes of its year."""

    DRAFT = "draft"
    APPROVED = "approved"


class FilePlan(Base):
    """Columns after NĐ 30/2020 Phụ lục V.II."""

    __tablename__ = "file_plan"
    __table_args__ = (UniqueConstraint("agency_id", "year"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    year: Mapped[int] = mapped_column()
    state: Mapped[FilePlanState] = mapped_column(default=FilePlanState.DRAFT)
    approved_by: Mapped[str | None] = mapped_column(String(100))
    approved_at: Mapped[dt.datetime | None] = mapped_column()
    revision: Mapped[int] = mapped_column()

    entries: Mapped[list["FilePlanEntry"]] = relationship(
        back_populates="plan", order_by="FilePlanEntry.ordinal", cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": revision}


class FilePlanEntry(Base):
    """One case file to be opened, under its heading."""

    __tablename__ = "file_plan_entry"
    __table_args__ = (UniqueConstraint("plan_id", "notation"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("file_plan.id"), index=True)
    ordinal: Mapped[int] = mapped_column()
    heading: Mapped[str] = mapped_column(String(500), default="")
    notation: Mapped[str] = mapped_column(String(40))  # số và ký hiệu, such as 01.TH
    title: Mapped[str] = mapped_column(String(1000))
    term: Mapped[str] = mapped_column(String(100))  # as written: "20 năm", "Vĩnh viễn"
    years: Mapped[int | None] = mapped_column()  # None with permanent, or where only a rule tells
    permanent: Mapped[bool] = mapped_column(default=False)
    rule_code: Mapped[str | None] = mapped_column(String(60))
    creator: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(500), default="")

    plan: Mapped[FilePlan] = relationship(back_populates="entries")
