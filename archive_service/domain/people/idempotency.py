"""Requests that bear a key of their sender's, so that sending twice does once."""

import datetime as dt
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class IdempotentRequest(Base):
    """One request of an account; ``status`` and ``body`` are what it was answered, once it was."""

    account: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column("request_key", String(200), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None] = mapped_column()
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(index=True)
