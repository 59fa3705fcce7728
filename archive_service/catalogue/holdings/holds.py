"""Holds on a case file, as everybody is told them."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from pydantic import ConfigDict, Field

from archive_service import access, clock
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.document import Document
from archive_service.domain.case_files.case_file import CaseFile, CopyState
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.hold import Hold, HoldLock
from archive_service.services import Services

IN_FORCE, WAITING, NO_LOCK = "in-force", "waiting", "no-lock"


class HoldCopyDocument(Document):
    """Whether a copy's store keeps a hold: ``in-force``, ``waiting`` or ``no-lock``."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str = Field(alias="copy")
    state: str
    read_at: str | None


class HoldDocument(Document):
    """One hold; null words are not this account's to know."""

    id: UUID
    code: str  # of the case file, or of the fonds
    scope: str  # of its order: case-files, search, fonds
    order: UUID
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


def hold_document(
    hold: Hold,
    code: str,
    *,
    states: Iterable[CopyState],
    locks: Iterable[HoldLock],
    reduced: bool = False,
) -> HoldDocument:
    """One hold; ``applied`` tells of each copy whether its store keeps it, while it is in force.

    ``reduced``: that there is one, and not why.
    """
    kept = {lock.copy: lock for lock in locks}
    in_force = hold.lifted_at is None
    until = hold.order.until
    return HoldDocument(
        id=hold.id,
        code=code,
        scope=hold.order.scope.value,
        order=hold.order_id,
        reason=None if reduced else hold.reason,
        authority=None if reduced else hold.authority,
        until=None if reduced or until is None else until.isoformat(),
        overdue=not reduced and in_force and is_overdue(until),
        placed_by=None if reduced else hold.placed_by,
        placed_role=None if reduced else hold.order.placed_role,
        placed_at=clock.iso(hold.placed_at),
        lift_reason=None if reduced else hold.lift_reason or None,
        lifted_by=None if reduced else hold.lifted_by or None,
        lifted_at=None if hold.lifted_at is None else clock.iso(hold.lifted_at),
        applied=[_applied(state, kept.get(state.copy)) for state in states if in_force],
    )


def is_overdue(until: dt.date | None) -> bool:
    """Whether the day up to which it was meant to last lies behind us."""
    return until is not None and until < clock.today()


def holds_of(row: CaseFile, actor: Actor) -> list[HoldDocument]:
    """The holds in force on a case file."""
    reduced = not access.may(actor, "hold:list", row)
    return [
        hold_document(hold, row.code, states=row.copies, locks=row.hold_locks, reduced=reduced)
        for hold in row.holds
        if hold.lifted_at is None
    ]


def holds_on(services: Services, code: str, *, actor: Actor) -> list[HoldDocument]:
    """The hold of each order in force on a case file; without its words for who may not know them.

    Raises:
        CaseFileNotFoundError: absent, or not to be known.
    """
    with services.read_only() as session:
        return holds_of(holdings_rows.get_case_file(session, code, actor=actor, whole=False), actor)


def _applied(state: CopyState, lock: HoldLock | None) -> HoldCopyDocument:
    if lock is None or lock.version < state.version:
        return HoldCopyDocument(copy=state.copy, state=WAITING, read_at=None)
    word = IN_FORCE if lock.in_store else NO_LOCK
    return HoldCopyDocument(copy=state.copy, state=word, read_at=clock.iso(lock.read_at))
