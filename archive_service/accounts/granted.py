"""What was granted to an account: what of it counts today, and its end."""

from functools import lru_cache
from typing import cast

from sqlalchemy import BindParameter, Date, Select, bindparam, exists, select, update
from sqlalchemy.orm import Session

from archive_service import access, clock, law
from archive_service.audit import record_event
from archive_service.domain.agencies.fonds import Series
from archive_service.domain.case_files.access_request import OPEN_STATES, AccessRequest
from archive_service.domain.people import rights
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.people.reader_group import GroupMember, ReaderGroup
from archive_service.domain.people.reading_grant import GrantRight, GrantScope, Level, ReadingGrant
from archive_service.domain.people.rights_gain import GainState, RightsGain


def reads_by_grant(account: Account) -> bool:
    """Whether it is of a role that reads content, and only what is open to all."""
    actor = account.as_actor()
    reads = actor.role in access.ACTS["case-file:read"]
    return reads and access.modes_visible(actor) is not None


def manages_by_grant(account: Account) -> bool:
    """Whether it is of a role that may be given something to manage."""
    return account.as_actor().role in rights.MANAGES


def is_given_more(session: Session, account: Account) -> bool:
    """Whether it was given, or has asked for, more than its role opens; pages of a station too."""
    if account.role is Role.STATION:
        return True
    today, asked = clock.today(), AccessRequest.asked_by_id == account.id
    still = AccessRequest.going_on() | AccessRequest.state.in_(OPEN_STATES)
    found = select(
        exists().where(ReadingGrant.account_id == account.id, ReadingGrant.open_on(today))
        | exists().where(GroupMember.account_id == account.id, GroupMember.open_on(today))
        | exists().where(asked, still)
    )
    return bool(session.scalar(found))


def granted_to(session: Session, account: Account) -> frozenset[tuple[str, str]]:
    """What counts today, as ``Actor.granted`` has it; in one statement."""
    manages = manages_by_grant(account)
    if not (manages or reads_by_grant(account)):
        return frozenset()
    gives = GrantRight.MANAGE if manages else GrantRight.READ
    asked = {"account_id": account.id, "today": clock.today(), "gives": gives}
    every = session.execute(_counting(), asked)
    opened = _managed if manages else _opened
    return frozenset((str(row.target_id), mode) for row in every for mode in opened(row.level))


@lru_cache(maxsize=1)
def _counting() -> Select[str, Level]:
    """What counts today; put together once, for every request asks it."""
    today = bindparam("today", type_=Date())
    gives: BindParameter[GrantRight] = bindparam("gives")  # of its column's type
    counts = select(ReadingGrant.target_id, ReadingGrant.level, ReadingGrant.scope).where(
        ReadingGrant.account_id == bindparam("account_id"),
        ReadingGrant.open_on(today),
        ReadingGrant.first_day <= today,
        ReadingGrant.waits.is_(False),
        ReadingGrant.gives == gives,
    )
    groups = (
        select(ReaderGroup.read_part(), ReaderGroup.level, ReaderGroup.scope)
        .join(GroupMember)
        .where(
            GroupMember.account_id == bindparam("account_id"),
            GroupMember.waits.is_(False),
            GroupMember.open_on(today),
            ReaderGroup.gives == gives,
        )
    )
    found = select(counts.union(groups).subquery()).cte("found", recursive=True)
    below = (
        select(Series.id, found.c.level, found.c.scope)
        .join(found, Series.parent_id == found.c.target_id)
        .where(found.c.scope == GrantScope.SERIES)
    )
    whole = found.union(below)
    return select(whole.c.target_id, whole.c.level)


def end_grants(session: Session, account: Account, *, actor: Actor) -> None:
    """Nothing that was granted to this account, or to its groups, is read by it any more."""
    mine = ReadingGrant.account_id == account.id
    for row in session.scalars(
        select(ReadingGrant).where(mine, ReadingGrant.open_on(clock.today()))
    ):
        end_one(session, row, account, actor=actor)
    is_in = GroupMember.account_id == account.id, GroupMember.open_on(clock.today())
    for member in session.scalars(select(GroupMember).where(*is_in)):
        end_one(session, member, account, actor=actor)


def end_one(
    session: Session, row: ReadingGrant | GroupMember, account: Account, *, actor: Actor
) -> None:
    """It ends now; the caller has made sure that it is open."""
    row.ended_at, row.ended_by = clock.now(), actor.account
    session.execute(
        update(RightsGain)
        .where(RightsGain.id == row.gain_id, RightsGain.state == GainState.WAITING)
        .values(state=GainState.REFUSED, decided_by=actor.account, decided_at=row.ended_at)
    )
    record_given(session, "ended", row, account, actor)


def record_given(
    session: Session, what: str, row: ReadingGrant | GroupMember, account: Account, actor: Actor
) -> None:
    """The event of a grant or a membership: of what, to whom, and whether it waits."""
    kind, of = ("grant", row) if isinstance(row, ReadingGrant) else ("group", row.group)
    data = row.facts() | {"account": account.name, "why": row.reason, "waits": row.waits}
    record_event(
        session,
        f"{kind}:{what}",
        subject_id=row.id,
        actor=actor,
        agency_id=of.agency_id,
        data=data,
    )


@lru_cache(maxsize=1)
def _modes() -> dict[Level, list[str]]:
    rules = law.load_rule_set(law.CONFIG / "rule_sets" / "information_levels.toml")
    return {Level(str(row["code"])): cast("list[str]", row["modes"]) for row in rules.rows}


def _opened(level: Level) -> list[str]:
    """Modes that it opens beyond what is open to all."""
    return [mode for mode in _modes()[level] if mode not in access.OPEN_MODES]


def _managed(level: Level) -> list[str]:
    """Modes of what may be managed up to it."""
    return [access.managing(mode) for mode in _modes()[level]]
