"""Controlled lists: keywords, persons and places, one name each, and how else each is written."""

import enum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

TERM = "term"  # kind of its acts
LONGEST_NAME = 300
LONGEST_NOTE = 1000


class TermKind(enum.StrEnum):
    """Each has a list of its own: a place may be called like a person."""

    KEYWORD = "keyword"
    PERSON = "person"
    PLACE = "place"


class Term(Base):
    """One term; ``merged_into_id`` names the one that stands in its place, never a merged one."""

    __table_args__ = (Index("ix_term_list", "kind", "plain", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[TermKind] = mapped_column()
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    plain: Mapped[str] = mapped_column(String(LONGEST_NAME))  # without marks, for the order
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    merged_into_id: Mapped[UUID | None] = mapped_column(index=True)


class TermName(Base):
    """One way in which a term that stands is written: its name, or a variant.

    ``folded`` keeps the marks: Hà and Hạ are two. ``plain`` has none: it is for those who type.
    """

    __table_args__ = (
        UniqueConstraint("kind", "folded"),
        Index("ix_term_name_plain", "kind", "plain"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    term_id: Mapped[UUID] = mapped_column(ForeignKey("term.id"), index=True)
    kind: Mapped[TermKind] = mapped_column()
    text: Mapped[str] = mapped_column(String(LONGEST_NAME))
    folded: Mapped[str] = mapped_column(String(LONGEST_NAME))
    plain: Mapped[str] = mapped_column(String(LONGEST_NAME))
    is_name: Mapped[bool] = mapped_column(default=False)
