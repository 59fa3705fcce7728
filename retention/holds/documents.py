"""Holds of the contract."""

import datetime as dt
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from archive_service.document import Document, Moment
from archive_service.domain.retention.hold import HoldScope


class HoldCopyDocument(BaseModel):
    """Whether a copy's store keeps a hold: ``in-force``, ``waiting`` or ``no-lock``."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str = Field(alias="copy")
    state: str
    read_at: str | None


class HoldDocument(BaseModel):
    """One hold; null words are not this account's to know."""

    id: str
    code: str  # of the case file, or of the fonds
    scope: str  # of its order: case-files, search, fonds
    order: str
    reason: str | None
    authority: str | None
    until: str | None
    overdue: bool  # its day has passed, and it stands
    placed_by: str | None
    placed_role: str | None  # who has it may lift the hold
    placed_at: str
    lift_reason: str | None
    lifted_by: str | None
    lifted_at: str | None
    applied: list[HoldCopyDocument]


class ListedHoldDocument(HoldDocument):
    """A hold in a list, with the title of what is held."""

    title: str


class HoldOrderDocument(Document):
    """One order: what it names, and how many of its holds stand."""

    id: UUID
    scope: HoldScope
    fonds: str | None
    search: dict[str, Any] | None
    case_files: int
    in_force: int
    reason: str
    authority: str
    until: dt.date | None
    overdue: bool
    placed_by: str
    placed_role: str
    placed_at: Moment


class HoldList(BaseModel):
    """Holds, the newest first; ``order``: of one on a search or a fonds that was placed now."""

    holds: list[ListedHoldDocument]
    order: HoldOrderDocument | None = None
    cursor: str | None = None
