"""What a draft has beside its submission: where each value comes from, and what was read for it."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class Draft(Base):
    """The working side of a submission in state ``draft``; it stays when that is handed in.

    ``sources`` says by ``{row}.{field}`` (row 0 is the case file) who gave a value; ``reads``
    keeps by digest what was seen in a file; ``set_aside`` by path what a document's data were
    before its file was put under another document. ``judged`` keeps the findings that the desk
    would have (``findings``), and of what they were made (``of``).
    """

    __tablename__ = "submission_draft"

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    entry_id: Mapped[UUID | None] = mapped_column(index=True)  # of the file plan it answers
    rule_set: Mapped[str] = mapped_column(String(60), default="")  # chosen by a person
    by_time: Mapped[bool] = mapped_column(default=True)  # until a person moves a document
    sources: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reads: Mapped[dict[str, Any]] = mapped_column(default=dict)
    set_aside: Mapped[dict[str, Any]] = mapped_column(default=dict)
    judged: Mapped[dict[str, Any]] = mapped_column(default=dict)
    begun_at: Mapped[dt.datetime] = mapped_column(index=True)
    changed_at: Mapped[dt.datetime] = mapped_column(index=True)
    changed_by: Mapped[str] = mapped_column(String(100))
