"""Holds as lists, commands and pages tell them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.account import Actor
from archive_service.domain.case_file import CaseFile, CopyState
from archive_service.domain.hold import Hold, HoldLock

IN_FORCE, WAITING, NO_LOCK = "in-force", "waiting", "no-lock"


def matching_holds(
    *, actor: Actor, text: str = "", in_force: bool | None = None, code: str = ""
) -> Select[Hold]:
    """Holds the account may know of; ``text`` is a part of code, title, reason or authority."""
    query = select(Hold).join(CaseFile, CaseFile.id == Hold.case_file_id)
    query = query.where(access.visible(actor, "hold:list", CaseFile.agency_id))
    if code:
        query = query.where(CaseFile.code == code.strip())
    if in_force is not None:
        query = query.where(Hold.lifted_at.is_(None) if in_force else Hold.lifted_at.is_not(None))
    if text:
        columns = (CaseFile.code, CaseFile.title, Hold.reason, Hold.authority)
        query = query.where(or_(*(one.icontains(text, autoescape=True) for one in columns)))
    return query


def count_holds(session: Session, query: Select[Hold]) -> int:
    """How many a question of ``matching_holds`` finds."""
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def hold_documents(session: Session, holds: Sequence[Hold]) -> list[dict[str, Any]]:
    """The documents of holds, in three statements however many there are."""
    ids = {hold.case_file_id for hold in holds}
    cases = select(CaseFile.id, CaseFile.code, CaseFile.title).where(CaseFile.id.in_(ids))
    named = {row.id: row for row in session.execute(cases)}
    states: defaultdict[UUID, list[CopyState]] = defaultdict(list)
    for state in session.scalars(
        select(CopyState).where(CopyState.case_file_id.in_(ids)).order_by(CopyState.copy)
    ):
        states[state.case_file_id].append(state)
    locks: defaultdict[UUID, list[HoldLock]] = defaultdict(list)
    for lock in session.scalars(select(HoldLock).where(HoldLock.case_file_id.in_(ids))):
        locks[lock.case_file_id].append(lock)
    return [
        hold_document(
            hold,
            named[hold.case_file_id].code,
            states=states[hold.case_file_id],
            locks=locks[hold.case_file_id],
        )
        | {"title": named[hold.case_file_id].title}
        for hold in holds
    ]


def hold_document(
    hold: Hold,
    code: str,
    *,
    states: Iterable[CopyState],
    locks: Iterable[HoldLock],
    reduced: bool = False,
) -> dict[str, Any]:
    """One hold; ``applied`` tells of each copy whether its store keeps it, while it is in force.

    ``reduced``: that there is one, and not why.
    """
    kept = {lock.copy: lock for lock in locks}
    in_force = hold.lifted_at is None
    return {
        "id": str(hold.id),
        "code": code,
        "reason": None if reduced else hold.reason,
        "authority": None if reduced else hold.authority,
        "placed_by": None if reduced else hold.placed_by,
        "placed_at": clock.iso(hold.placed_at),
        "lift_reason": None if reduced else hold.lift_reason or None,
        "lifted_by": None if reduced else hold.lifted_by or None,
        "lifted_at": None if hold.lifted_at is None else clock.iso(hold.lifted_at),
        "applied": [_applied(state, kept.get(state.copy)) for state in states if in_force],
    }


def _applied(state: CopyState, lock: HoldLock | None) -> dict[str, Any]:
    if lock is None or lock.version < state.version:
        return {"copy": state.copy, "state": WAITING, "read_at": None}
    word = IN_FORCE if lock.in_store else NO_LOCK
    return {"copy": state.copy, "state": word, "read_at": clock.iso(lock.read_at)}
