"""Requests for an account by people who have none (TT 05/2025, chapter VI)."""

import datetime as dt
import enum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class ApplicationState(enum.StrEnum):
    """``asked`` is open; nothing leads back from the others."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


class AnswerWay(enum.StrEnum):
    """How the asker learns the answer."""

    MAIL = "mail"
    COUNTER = "counter"


class AccountApplication(Base):
    """Somebody asks to use the records of an agency, or of all, and what became of it.

    What the asker told of themselves lies in ``sealed`` alone, by the key of the home, and goes
    some days after the answer.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"), index=True)
    state: Mapped[ApplicationState] = mapped_column(index=True)
    sealed: Mapped[str] = mapped_column(Text())  # "": forgotten
    language: Mapped[str] = mapped_column(String(2))
    address: Mapped[str] = mapped_column(String(64), index=True)  # "": it is answered
    asked_at: Mapped[dt.datetime] = mapped_column()
    due_on: Mapped[str] = mapped_column(String(10))  # ISO, local
    reminded_at: Mapped[dt.datetime | None] = mapped_column()
    reason: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    decided_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    decided_at: Mapped[dt.datetime | None] = mapped_column()
    answered_by: Mapped[AnswerWay | None] = mapped_column()
    answered_at: Mapped[dt.datetime | None] = mapped_column()  # the letter went out

    @property
    def number(self) -> str:
        """How the asker and the counter call it."""
        return str(self.id)[:8].upper()
