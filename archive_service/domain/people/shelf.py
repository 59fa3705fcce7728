"""What a person wants to come back to: read lately, kept in sight, or in the basket."""

import datetime as dt
import enum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class ShelfKind(enum.StrEnum):
    """Why it stands there."""

    READ = "read"
    FAVOURITE = "favourite"
    BASKET = "basket"


class ShelfMark(Base):
    """One case file on the shelf of one account; what is told of it is asked when it is shown.

    In the basket single documents stand, too: of one, ``case_file_id`` is its own id. There is no
    foreign key: marks outlive a rebuild, which writes case files anew.
    """

    __table_args__ = (
        UniqueConstraint("account_id", "kind", "case_file_id"),
        Index("ix_shelf_mark_newest", "account_id", "kind", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[ShelfKind] = mapped_column()
    case_file_id: Mapped[UUID] = mapped_column(index=True)
    ordinal: Mapped[int] = mapped_column(default=0, server_default="0")  # document read last; 0: -
    at: Mapped[dt.datetime] = mapped_column()
