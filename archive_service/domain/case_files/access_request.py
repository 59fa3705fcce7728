"""Requests to use what is open on conditions (TT 05/2025, articles 32 to 37)."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Index, String, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from archive_service import clock
from archive_service.domain.base import Base

LONGEST_WORDS = 1000  # characters of a purpose, a question or a reason
LONGEST_PAGES = 200  # characters in which pages are named
LONGEST_TERM = dt.timedelta(days=15)  # of a reading copy (TT 05/2025, article 37)


class AccessRequestState(enum.StrEnum):
    """``asked`` and ``clarifying`` are open; nothing leads back from the others."""

    ASKED = "asked"
    CLARIFYING = "clarifying"
    GRANTED = "granted"
    COPY_GRANTED = "copy-granted"  # the pages may be fetched as a file, too
    AUTHENTICATED = "authenticated"  # the same, as a copy that the clerk seals
    USES_GRANTED = "uses-granted"  # who used it is told, and nothing of it is read
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"  # granted before, and ended early by who may decide


OPEN_STATES = (AccessRequestState.ASKED, AccessRequestState.CLARIFYING)
GRANTED_STATES = (
    AccessRequestState.GRANTED,
    AccessRequestState.COPY_GRANTED,
    AccessRequestState.AUTHENTICATED,
)
ENDING_STATES = (*GRANTED_STATES, AccessRequestState.USES_GRANTED)


class Wanted(enum.StrEnum):
    """What is asked for: the document itself, or who used it so far."""

    CONTENT = "content"
    USES = "uses"


class AccessRequest(Base):
    """Who wants to read which document for what, and what became of it.

    Case file and document are named and not pointed at: the request stays when they are gone.
    """

    __table_args__ = (Index("ix_access_request_of_document", "case_file_id", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column()
    code: Mapped[str] = mapped_column(String(200))  # of the case file
    ordinal: Mapped[int] = mapped_column()  # 0: uses of every document are asked for
    agency_id: Mapped[UUID | None] = mapped_column(index=True)
    state: Mapped[AccessRequestState] = mapped_column(index=True)
    wants: Mapped[Wanted] = mapped_column(default=Wanted.CONTENT, server_default="content")
    person: Mapped[str] = mapped_column(String(200))  # who reads, as the foot of a page says
    # The number of the paper that was shown at the counter: sealed, and how it ends.
    identity: Mapped[str] = mapped_column(String(300), default="", server_default="")
    identity_end: Mapped[str] = mapped_column(String(4), default="", server_default="")
    purpose: Mapped[str] = mapped_column(String(LONGEST_WORDS))
    # Codes of TT 05/2025, Phụ lục V: private, official …; and who pays which part of the fee.
    kind: Mapped[str] = mapped_column(String(2), default="01", server_default="01")
    fee_class: Mapped[str] = mapped_column(String(2), default="10", server_default="10")
    asked_by: Mapped[str] = mapped_column(String(100))
    asked_by_id: Mapped[UUID] = mapped_column(index=True)
    asked_at: Mapped[dt.datetime] = mapped_column()
    due_on: Mapped[str] = mapped_column(String(10))  # ISO, local; "": the days stand still
    # Of what was not digitized: since when it waits for that, and until when it did.
    scan_ordered_at: Mapped[dt.datetime | None] = mapped_column()
    scan_ended_at: Mapped[dt.datetime | None] = mapped_column()
    question: Mapped[str] = mapped_column(String(LONGEST_WORDS), default="", server_default="")
    answer: Mapped[str] = mapped_column(String(LONGEST_WORDS), default="", server_default="")
    pages: Mapped[str] = mapped_column(
        String(LONGEST_PAGES), default="", server_default=""
    )  # "": all
    reason: Mapped[str] = mapped_column(String(LONGEST_WORDS), default="", server_default="")
    # Blackened: page, left, top, width, height as parts of the page, reason.
    areas: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    areas_of: Mapped[str] = mapped_column(String(64), default="", server_default="")  # that file
    decided_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    decided_at: Mapped[dt.datetime | None] = mapped_column()
    until: Mapped[dt.datetime | None] = mapped_column()
    read_at: Mapped[dt.datetime | None] = mapped_column()  # first
    # The authenticated copy: in staging as long as it may be fetched.
    sealed_sha256: Mapped[str | None] = mapped_column(String(64))
    sealed_at: Mapped[dt.datetime | None] = mapped_column()

    @property
    def awaits_scan(self) -> bool:
        """Whether it is open, and its document has still to be digitized."""
        waits = self.scan_ordered_at is not None and self.scan_ended_at is None
        return waits and self.state in OPEN_STATES

    @classmethod
    def awaiting_seal(cls) -> ColumnElement[bool]:
        """In a question: its authenticated copy is granted and not sealed yet."""
        return (cls.state == AccessRequestState.AUTHENTICATED) & cls.sealed_at.is_(None)

    @property
    def is_over(self) -> bool:
        """Whether it was granted and its days are gone: those of a sealed copy begin with the seal.

        The clerk's delay takes none of them.
        """
        unsealed = self.state is AccessRequestState.AUTHENTICATED and self.sealed_at is None
        gone = self.until is not None and self.until <= clock.now()
        return self.state in ENDING_STATES and gone and not unsealed

    @classmethod
    def going_on(cls) -> ColumnElement[bool]:
        """In a question: granted, and not over."""
        in_time = cls.until > clock.now()
        return cls.state.in_(ENDING_STATES) & or_(in_time, cls.awaiting_seal())

    @classmethod
    def awaiting_scan(cls) -> ColumnElement[bool]:
        """The same as a condition of a question."""
        waits = and_(cls.scan_ordered_at.is_not(None), cls.scan_ended_at.is_(None))
        return waits & cls.state.in_(OPEN_STATES)
