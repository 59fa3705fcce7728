"""A document that belongs to more than one case file: stored once, named by the others."""

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base

if TYPE_CHECKING:
    from archive_service.domain.case_files.case_file import CaseFile
    from archive_service.domain.case_files.document import Document

LONGEST_LINK_REASON = 1000  # characters
# Tags of the trail: where it is linked to, and where it lies.
LINKED, LINKED_ELSEWHERE = "document:linked", "document:linked-elsewhere"
UNLINKED, UNLINKED_ELSEWHERE = "document:unlinked", "document:unlinked-elsewhere"


class DocumentLink(Base):
    """A document of another case file of the fonds, in its place among the documents of this one.

    Data and bytes are read where the document lies. A link that ended stays as a row: its ordinal
    is not given again. What it points to bears no foreign key, since packages come back in any
    order.
    """

    __table_args__ = (UniqueConstraint("case_file_id", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    ordinal: Mapped[int] = mapped_column()
    source_id: Mapped[UUID] = mapped_column(index=True)  # the case file that holds the document
    document_id: Mapped[UUID] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(LONGEST_LINK_REASON))
    linked_by: Mapped[str] = mapped_column(String(100))
    linked_at: Mapped[dt.datetime] = mapped_column()
    ended_reason: Mapped[str] = mapped_column(String(LONGEST_LINK_REASON), default="")
    ended_by: Mapped[str] = mapped_column(String(100), default="")
    ended_at: Mapped[dt.datetime | None] = mapped_column()
    # Of a link that ended as the document itself was moved here: what it is now.
    became_id: Mapped[UUID | None] = mapped_column()

    document: Mapped["Document | None"] = relationship(
        primaryjoin="foreign(DocumentLink.document_id) == Document.id", viewonly=True
    )
    source: Mapped["CaseFile | None"] = relationship(
        primaryjoin="foreign(DocumentLink.source_id) == CaseFile.id", viewonly=True
    )
    case_file: Mapped["CaseFile"] = relationship(
        primaryjoin="DocumentLink.case_file_id == CaseFile.id", viewonly=True
    )

    @property
    def stands(self) -> bool:
        """Whether the document still belongs to the case file."""
        return self.ended_at is None
