"""Accounts as a list, for whoever sets them up."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.accounts.acts import is_idle
from archive_service.accounts.tries import paused_names
from archive_service.db.words import has_words
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.people.rights_gain import GainKind, GainState, RightsGain

SORTS: dict[str, Any] = {
    "name": Account.name,
    "role": Account.role,
    "seen": Account.seen_at,
}


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """One account; ``agency`` is the name of the one it belongs to, empty for all."""

    name: str
    full_name: str
    role: str
    agency: str
    position: str
    state: str
    next_role: str  # that waits for a second person
    last_seen_at: dt.datetime | None
    is_paused: bool  # after wrong passwords


def find_accounts(
    session: Session,
    *,
    actor: Actor,
    text: str = "",
    role: Role | None = None,
    sort: str = "name",
    limit: int,
    offset: int = 0,
    idle_days: int,
) -> tuple[list[ListedAccount], int]:
    """Accounts whose name, or whose person's name, has ``text`` in it, and how many there are."""
    access.require(actor, "account:list")
    narrowed: list[ColumnElement[bool]] = [
        access.visible(actor, "account:list", Account.agency_id),
        has_words(text, Account.name, Account.display_name),
    ]
    if role is not None:
        narrowed.append(Account.role == role)
    column = SORTS[sort.removeprefix("-")]
    query = (
        select(Account, Agency.name)
        .outerjoin(Agency, Agency.id == Account.agency_id)
        .where(*narrowed)
        .order_by(column.desc() if sort.startswith("-") else column.asc(), Account.name)
        .limit(limit)
        .offset(offset)
    )
    found = session.execute(query).all()
    waiting = _waiting(session, [row.id for row, _ in found])
    paused = paused_names(session, [row.name for row, _ in found])
    rows = [
        ListedAccount(
            name=row.name,
            full_name=row.display_name if row.display_name != row.name else "",
            role=row.role.value,
            agency=agency or "",
            position=row.position,
            state="waiting" if row.id in waiting else _state(row, idle_days),
            next_role="" if row.next_role is None else row.next_role.value,
            last_seen_at=row.seen_at,
            is_paused=row.name in paused,
        )
        for row, agency in found
    ]
    counted = select(func.count()).select_from(Account).where(*narrowed)
    return rows, session.scalar(counted) or 0


def _state(row: Account, idle_days: int) -> str:
    if not row.active:
        return "disabled"
    return "idle" if is_idle(row, idle_days) else "active"


def _waiting(session: Session, ids: list[UUID]) -> set[UUID]:
    """Those of these accounts that wait for a second person themselves."""
    waits = select(RightsGain.account_id).where(
        RightsGain.account_id.in_(ids),
        RightsGain.state == GainState.WAITING,
        RightsGain.kind.in_((GainKind.ACCOUNT, GainKind.ENABLED)),
    )
    return set(session.scalars(waits))
