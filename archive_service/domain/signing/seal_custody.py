"""Custody of an agency's seal key: which clerk it was handed to in writing, and until when."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

SEAL_CUSTODY = "seal-custody"  # the kind of its acts
MINUTES_SYMBOL = "BB-BGKBM"  # biên bản bàn giao khóa bí mật


class SealCustody(Base):
    """One key in the hands of one clerk, from the minutes of handing over to those of return.

    ``fingerprint`` is the SHA-256 of the key's certificate: a renewed key is handed over anew.
    """

    __table_args__ = (
        Index(
            "uq_seal_custody_open",
            "fingerprint",
            "account",
            unique=True,
            sqlite_where=text("returned_at IS NULL"),
            postgresql_where=text("returned_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    key: Mapped[str] = mapped_column(String(500))  # as signing.keys names it; never a secret
    fingerprint: Mapped[str] = mapped_column(String(64))
    account: Mapped[str] = mapped_column(String(100))  # the clerk's
    holder: Mapped[str] = mapped_column(String(200))  # the clerk's name at the time
    number: Mapped[str] = mapped_column(String(40))  # of the minutes of handing over
    year: Mapped[int] = mapped_column()
    handed_at: Mapped[dt.datetime] = mapped_column()
    handed_by: Mapped[str] = mapped_column(String(200))  # who gave it, by name
    returned_number: Mapped[str] = mapped_column(String(40), default="")
    returned_year: Mapped[int | None] = mapped_column()
    returned_at: Mapped[dt.datetime | None] = mapped_column()
    returned_to: Mapped[str] = mapped_column(String(200), default="")
