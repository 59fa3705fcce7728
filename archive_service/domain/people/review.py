"""Reviews that the law asks for: of the trail each week, of accounts and rights each quarter."""

import datetime as dt
import enum
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

REVIEW_PAPER = "review"  # kind of what a signing request is about; its id is the review's
LONGEST_REMARK = 1000


class ReviewKind(enum.StrEnum):
    """What is looked through; ``config/rule_sets/reviews.toml`` says how often."""

    TRAIL = "trail"
    RIGHTS = "rights"


class Verdict(enum.StrEnum):
    """What the reviewer says of one line."""

    IN_ORDER = "in-order"
    OBJECTED = "objected"


class Review(Base):
    """One review of one period; its id follows from what it is of, so that none is made twice."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[ReviewKind] = mapped_column()
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))  # None: the archive
    first: Mapped[dt.date] = mapped_column()
    last: Mapped[dt.date] = mapped_column()
    due_on: Mapped[dt.date] = mapped_column()
    citation: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[dt.datetime] = mapped_column()
    closed_at: Mapped[dt.datetime | None] = mapped_column(index=True)  # its paper came back signed


class ReviewLine(Base):
    """What a reviewer said of one account, or of one sort of events, as they saw it then."""

    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(100), primary_key=True)
    state_sha256: Mapped[str] = mapped_column(String(64))  # of what was seen
    verdict: Mapped[Verdict] = mapped_column()
    remark: Mapped[str] = mapped_column(String(LONGEST_REMARK), default="", server_default="")
    by: Mapped[str] = mapped_column(String(100))
    at: Mapped[dt.datetime] = mapped_column()
