"""Acts of custody on their way into every copy, as write-once documents."""

import datetime as dt
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Index, String, Text, and_, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

RECEIPT = "receipt"
CHECKPOINT = "checkpoint"  # of the log of events
COSIGNATURE = "cosignature"  # that a witness gave of one of them
# A million case files have a million of these; of other kinds there are few.
_OF_CASE_FILES = (RECEIPT, "removal")
_IS_FEW = f"kind NOT IN ({', '.join(map(repr, _OF_CASE_FILES))})"


Body = TypeVar("Body")


class ActKind(str, Generic[Body]):
    """The kind of acts whose documents have the keys of ``Body``, and others besides."""

    __slots__ = ()


class Act(Base):
    """One step of an agency, fonds, file plan, receipt …; in force when committed.

    It is reported done when every copy holds it: ``written``. ``companion_sha256`` names a file,
    such as a signed receipt, that lies beside the document and waits in staging till then.
    """

    __table_args__ = (
        Index("ix_act_order", "at", "id"),
        Index(
            "ix_act_few", "kind", "at", "id",
            sqlite_where=text(_IS_FEW), postgresql_where=text(_IS_FEW),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(String(30))  # agency, fonds, file-plan, receipt
    subject_id: Mapped[str] = mapped_column(String(100), index=True)
    at: Mapped[dt.datetime] = mapped_column()
    document: Mapped[dict[str, Any]] = mapped_column()
    companion_sha256: Mapped[str | None] = mapped_column(String(64))
    companion_suffix: Mapped[str] = mapped_column(String(10), default="")
    written: Mapped[bool] = mapped_column(default=False, index=True)
    # Identities of copies that hold it, each between bars: those that have it while another is
    # away, and those that were filled later.
    held_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    is_told = False  # of one that is brought back: an event told of it when it was made


def few_of(kind: str) -> ColumnElement[bool]:
    """Acts of one kind, as a condition that finds the index of the few where it is one of them.

    In these letters, as in the index: with bound values SQLite would not know that they are meant.
    An index of all kinds would draw it away from that of subjects.
    """
    if kind in _OF_CASE_FILES:
        return Act.kind == kind
    return and_(
        Act.kind == kind,
        Act.kind.not_in([literal_column(repr(of_case_file)) for of_case_file in _OF_CASE_FILES]),
    )
