"""Tries to sign in, and the browsers that an account has signed in from."""

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class SignInTry(Base):
    """One try that was refused, or is under way; forgotten after a day."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(120))  # a digest, or a little of one
    place: Mapped[str] = mapped_column(String(80))  # a known browser, else the address
    address: Mapped[str] = mapped_column(String(64))  # empty where the browser is known
    at: Mapped[dt.datetime] = mapped_column(index=True)

    __table_args__ = (
        Index("ix_sign_in_try_name_at", "name", "at"),
        Index("ix_sign_in_try_address_at", "address", "at"),
    )


class KnownBrowser(Base):
    """A browser in which the account has signed in; of its cookie only the digest is kept."""

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    seen_at: Mapped[dt.datetime] = mapped_column()
