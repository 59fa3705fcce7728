"""Reading again (đọc lại văn bản): a better engine over what is held, proposed, shown, adopted."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base
from archive_service.errors import ConflictError


class RereadingState(enum.StrEnum):
    """Where a proposal stands; ``ready`` waits for a person, ``adopting`` for the workers.

    ``same``: not a word would change, so there is nothing to decide.
    """

    READING = "reading"
    READY = "ready"
    SAME = "same"
    ADOPTING = "adopting"
    ADOPTED = "adopted"
    DROPPED = "dropped"


OPEN_REREADINGS = (RereadingState.READING, RereadingState.READY, RereadingState.ADOPTING)


class RereadingItemState(enum.StrEnum):
    """Where one document of a proposal stands.

    ``same``: not a word differs; ``refused``: it could not be read; ``overtaken``: its text is
    another one by now.
    """

    READ = "read"
    SAME = "same"
    REFUSED = "refused"
    ADOPTED = "adopted"
    OVERTAKEN = "overtaken"
    DROPPED = "dropped"


class RereadingStateError(ConflictError):
    """The proposal is not where this act needs it."""


class Rereading(Base):
    """One proposal to read documents again with another model; figures are sums over documents."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    model: Mapped[str] = mapped_column(String(40))  # best_int, fast
    software: Mapped[str] = mapped_column(String(100), default="")  # engine, version and model
    codes: Mapped[list[str]] = mapped_column(default=list)  # case files asked for; empty: all
    state: Mapped[RereadingState] = mapped_column(default=RereadingState.READING, index=True)
    case_files: Mapped[int] = mapped_column(default=0)  # that have something to be read again
    read_through: Mapped[str] = mapped_column(String(100), default="")  # code of the last one read
    proposed_by: Mapped[str] = mapped_column(String(100))
    proposed_at: Mapped[dt.datetime] = mapped_column(index=True)
    ready_at: Mapped[dt.datetime | None] = mapped_column()
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    decided_at: Mapped[dt.datetime | None] = mapped_column()


class RereadingItem(Base):
    """One document read again, before and after; the new readings lie in staging till adopted."""

    __table_args__ = (
        UniqueConstraint("rereading_id", "document_id"),
        Index(
            "ix_rereading_item_waiting",
            "case_file_id",
            sqlite_where=text("state = 'read'"),
            postgresql_where=text("state = 'read'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    rereading_id: Mapped[UUID] = mapped_column(ForeignKey("rereading.id"), index=True)
    case_file_id: Mapped[UUID] = mapped_column()
    document_id: Mapped[UUID] = mapped_column()
    agency_id: Mapped[UUID] = mapped_column(index=True)
    code: Mapped[str] = mapped_column(String(100))  # of the case file
    ordinal: Mapped[int] = mapped_column()  # of the document
    title: Mapped[str] = mapped_column(String(2000))
    state: Mapped[RereadingItemState] = mapped_column(default=RereadingItemState.READ)
    text_path: Mapped[str] = mapped_column(String(300), default="")  # what it was compared with
    software_before: Mapped[str] = mapped_column(String(300), default="")
    pages: Mapped[int] = mapped_column(default=0)
    words_before: Mapped[int] = mapped_column(default=0)
    words_after: Mapped[int] = mapped_column(default=0)
    words_changed: Mapped[int] = mapped_column(default=0)  # replaced, come or gone
    confidence_before: Mapped[float | None] = mapped_column()  # mean over the letters, 0 to 100
    confidence_after: Mapped[float | None] = mapped_column()
    impossible_before: Mapped[int] = mapped_column(default=0)  # words that cannot exist
    impossible_after: Mapped[int] = mapped_column(default=0)
    samples: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # {before, after}, a few
    # Digests of the new readings, page by page, as ``digitize.ocr.reading_file`` writes them.
    readings: Mapped[list[str]] = mapped_column(default=list)
    refusal: Mapped[dict[str, Any]] = mapped_column(default=dict)  # {code, facts}
    read_at: Mapped[dt.datetime] = mapped_column()
