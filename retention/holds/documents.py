"""Holds of the contract."""

import datetime as dt
from typing import Any
from uuid import UUID

from archive_service.catalogue.holdings.holds import HoldDocument
from archive_service.document import Document, Moment
from archive_service.domain.retention.hold import HoldScope


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


class HoldList(Document):
    """Holds, the newest first; ``order``: of one on a search or a fonds that was placed now."""

    holds: list[ListedHoldDocument]
    order: HoldOrderDocument | None = None
    cursor: str | None = None
