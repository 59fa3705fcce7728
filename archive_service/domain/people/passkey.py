"""Passkeys (WebAuthn): second factors that a browser shows, and the questions that wait for one."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base

LONGEST_NAME = 100  # characters by which its owner tells a passkey from the others
_LONGEST_HOST = 253


class Passkey(Base):
    """The public half of a key that its owner's device or security key keeps for one host."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    host: Mapped[str] = mapped_column(String(_LONGEST_HOST))  # the RP ID: no other page is answered
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)  # base64url
    public_key: Mapped[str] = mapped_column(String(2000))  # COSE, base64url
    sign_count: Mapped[int] = mapped_column(BigInteger)  # 0 where the device counts nothing
    # Counters of the last minutes and when each was taken (seconds), and the last one before them.
    lately: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    made_at: Mapped[dt.datetime] = mapped_column()
    rests_until: Mapped[dt.datetime | None] = mapped_column()  # one that came to another factor
    used_at: Mapped[dt.datetime | None] = mapped_column()
    ended_at: Mapped[dt.datetime | None] = mapped_column()  # its counter went back: it is copied


class PasskeyQuestion(Base):
    """What a browser was asked to sign; answered once, within some minutes."""

    challenge: Mapped[str] = mapped_column(String(100), primary_key=True)  # 64 bytes, base64url
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), default="")  # of a new one; else empty
    is_first: Mapped[bool] = mapped_column()  # asked for by who had no second factor yet
    host: Mapped[str] = mapped_column(String(_LONGEST_HOST))
    origin: Mapped[str] = mapped_column(String(300))
    asked_at: Mapped[dt.datetime] = mapped_column(index=True)
