"""Rights that somebody is to gain: what a second person confirms before it counts."""

import datetime as dt
import enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.domain.base import Base


class GainKind(enum.StrEnum):
    """What was gained."""

    ACCOUNT = "account"  # a new one, with its role
    ENABLED = "enabled"  # one that was disabled or idle, again
    RESET = "reset"  # its password, set anew by somebody else
    TOKEN = "token"  # noqa: S105 - the word for it
    CHANGED = "changed"  # its role, agency or headship of a unit
    DELEGATED = "delegated"  # duties of another, for some days
    BOUND = "bound"  # signs in at the identity provider, as a subject that another named
    JOINED = "joined"  # a group of readers, with its level
    GRANTED = "granted"  # a part of the holdings to read, for some days


class GainState(enum.StrEnum):
    """Where a gain stands; nothing follows on the last three."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    AT_ONCE = "at-once"  # without a second person: ``reason`` says why


SHELL = "shell"  # who holds the machine's shell gave it
FIRST = "first"  # nobody is there yet who could confirm
NOBODY = "nobody"  # of the facts of a reset: nobody was there who could confirm it


class RightsGain(Base):
    """One gain of rights of one account, who asked for it and who confirmed it."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[GainKind] = mapped_column()
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    token_id: Mapped[UUID | None] = mapped_column(ForeignKey("access_token.id"))
    scopes: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    state: Mapped[GainState] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(20), default="", server_default="")
    asked_by: Mapped[str] = mapped_column(String(100))
    asked_by_id: Mapped[UUID | None] = mapped_column()
    asked_at: Mapped[dt.datetime] = mapped_column()
    decided_by: Mapped[str] = mapped_column(String(100), default="", server_default="")
    decided_by_id: Mapped[UUID | None] = mapped_column()
    decided_at: Mapped[dt.datetime | None] = mapped_column()
    # Confirmed by somebody whose own gain this account confirmed before.
    ring: Mapped[bool] = mapped_column(default=False, server_default="0")
