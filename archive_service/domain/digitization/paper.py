"""The paper half of case files: boxes on shelves, what lies in them, and each move of it."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base

HANDOVER = "paper-handover"  # kind of the act that the signed minutes stand beside


class PaperState(enum.StrEnum):
    """Where the paper of a case file stands; ``none``: it was never paper."""

    NONE = "none"
    EXPECTED = "expected"
    RECEIVED = "received"
    LENT = "lent"


class PaperBox(Base):
    """A box (hộp) on its shelf (giá) in a store (kho); its label bears the code as a QR."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(String(60), unique=True)
    store: Mapped[str] = mapped_column(String(100), default="")
    shelf: Mapped[str] = mapped_column(String(100), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[dt.datetime] = mapped_column()

    @property
    def place(self) -> str:
        """Store, shelf and box, as far as they are told."""
        return " / ".join(part for part in (self.store, self.shelf, self.code) if part)


class PaperHandover(Base):
    """Biên bản giao nhận: boxes and sheets of paper counted, received and signed for.

    ``rows``: ``{code, title, paper_file_code, sheets, declared, box}``; the signed paper is the
    companion of an act of the same number.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    giver: Mapped[str] = mapped_column(String(200))
    receiver: Mapped[str] = mapped_column(String(200))
    boxes: Mapped[int] = mapped_column()
    sheets: Mapped[int] = mapped_column()
    rows: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(String(1000), default="")
    sha256: Mapped[str] = mapped_column(String(64))  # of the signed paper
    account: Mapped[str] = mapped_column(String(100))


class PaperPart(Base):
    """What lies of one case file in one box; a thick one fills several.

    By the code and not by the row of the case file: after a rebuild it still belongs to it.
    """

    __table_args__ = (UniqueConstraint("case_code", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_code: Mapped[str] = mapped_column(String(100), index=True)
    agency_id: Mapped[UUID | None] = mapped_column(index=True)
    ordinal: Mapped[int] = mapped_column(default=1)
    box_id: Mapped[UUID | None] = mapped_column(ForeignKey("paper_box.id"), index=True)
    handover_id: Mapped[UUID] = mapped_column(ForeignKey("paper_handover.id"), index=True)
    sheets: Mapped[int] = mapped_column()  # tờ, as counted at the handover
    received_at: Mapped[dt.datetime] = mapped_column()
    lent_to: Mapped[str | None] = mapped_column(String(200))
    lent_at: Mapped[dt.datetime | None] = mapped_column()
    due_on: Mapped[dt.date | None] = mapped_column(index=True)
    revision: Mapped[int] = mapped_column()

    box: Mapped[PaperBox | None] = relationship(lazy="joined")
    handover: Mapped[PaperHandover] = relationship(lazy="joined")
    __mapper_args__ = {"version_id_col": revision}

    @property
    def place(self) -> str:
        """Where it belongs, also while it is lent; "" while it is in no box."""
        return self.box.place if self.box else ""


class PaperMovement(Base):
    """One move: received, put into a box, lent, returned; or of a whole box to another shelf."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    part_id: Mapped[UUID | None] = mapped_column(ForeignKey("paper_part.id"), index=True)
    box_id: Mapped[UUID | None] = mapped_column(ForeignKey("paper_box.id"), index=True)
    case_code: Mapped[str] = mapped_column(String(100), default="", index=True)
    kind: Mapped[str] = mapped_column(String(20))  # received, put, moved, lent, returned
    origin: Mapped[str] = mapped_column(String(300), default="")
    target: Mapped[str] = mapped_column(String(300), default="")
    reason: Mapped[str] = mapped_column(String(1000), default="")
    account: Mapped[str] = mapped_column(String(100))
    at: Mapped[dt.datetime] = mapped_column(index=True)
