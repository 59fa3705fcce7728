"""What the last look at the signing keys saw."""

import datetime as dt
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class WatchedKeyRow(Base):
    """A key or certificate by what it is for; without dates where it could not be opened.

    ``mark`` tells one state of the key's file from another, where it has a file; ``trouble`` is
    the code of why it could not be opened, ``facts`` are the error's.
    """

    __tablename__ = "watched_key"

    use: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    url: Mapped[str] = mapped_column(String(500), default="")
    mark: Mapped[str] = mapped_column(String(60), default="")
    subject: Mapped[str] = mapped_column(String(500), default="")
    issuer: Mapped[str] = mapped_column(String(500), default="")
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    valid_from: Mapped[dt.datetime | None] = mapped_column()
    valid_to: Mapped[dt.datetime | None] = mapped_column()
    trouble: Mapped[str] = mapped_column(String(60), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    looked_at: Mapped[dt.datetime] = mapped_column()
