"""Copies that wait for a seal, and orders to sign them, as commands, API and pages tell them."""

from uuid import UUID

from pydantic import BaseModel

from archive_service.document import Document, Moment


class SaidDocument(Document):
    """Why something was not signed."""

    message: str
    remedy: str


class SigningOrderDocument(Document):
    """An order of a clerk; over once ``ended_at`` is told.

    ``halted``: it goes on when it is resumed. ``error``: why the rest waits again.
    """

    id: UUID
    account: str
    ordered_at: Moment
    total: int
    signed: int
    refused: int
    ended_at: Moment | None
    halted: bool
    error: SaidDocument | None


class SealDocument(Document):
    """What waits for one seal; ``order`` is the last one."""

    agency: str
    name: str
    waiting: int
    refused: int
    order: SigningOrderDocument | None


class SealList(BaseModel):
    """Every seal that something waits for, or that was used for copies."""

    seals: list[SealDocument]
