"""When a gain of rights waits for a second person, and who that may be."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.people.account import AccessToken, Account, Actor, Role
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.people.rights_gain import (
    FIRST,
    SHELL,
    GainKind,
    GainState,
    RightsGain,
)
from archive_service.notices import inbox
from archive_service.notices.incidents import close_incident, open_incident

CONFIRM = "rights:confirm"
WAITING_PAGE = "/rights"
WAITING = "rights-waiting"
BEGUN = "rights-begun-alone"  # kind of the incident
# What a second person may still decide: also what had to count before there was one.
OPEN = or_(
    RightsGain.state == GainState.WAITING,
    and_(RightsGain.state == GainState.AT_ONCE, RightsGain.reason == FIRST),
)


def gain(
    session: Session,
    row: Account,
    kind: GainKind,
    *,
    actor: Actor,
    token: AccessToken | None = None,
    facts: dict[str, Any] | None = None,
) -> RightsGain:
    """Note a gain; it waits for a second person, or says why it does not.

    Two ways pass by the second person, and each is seen. Where the shell of the machine is trusted
    (``accounts.shell``), what is given there counts at once and its event says so. While nobody was
    ever there who could confirm, the first one counts at once, with an incident, and may be
    confirmed or refused later.
    """
    reason = _reason(session, row, kind, actor)
    noted = RightsGain(
        kind=kind,
        account_id=row.id,
        token_id=None if token is None else token.id,
        scopes=[] if token is None else token.scopes,
        facts=facts or {},
        state=GainState.AT_ONCE if reason else GainState.WAITING,
        reason=reason,
        asked_by=actor.account,
        asked_by_id=actor.account_id,
        asked_at=clock.now(),
    )
    session.add(noted)
    session.flush()
    record(session, "rights:gained-at-once" if reason else "rights:asked", noted, row, actor)
    if reason == FIRST:
        event_facts = {"account": row.name, "role": row.role.value, "by": actor.account}
        severity = IncidentSeverity.WARNING
        open_incident(session, BEGUN, row.name, severity=severity, facts=event_facts)
    if not reason:
        _tell(session, noted, row)
    return noted


def needs_two(row: Account, kind: GainKind) -> bool:
    """Whether anything is gained that nobody gains alone."""
    return kind is GainKind.TOKEN or row.role in access.GAINED_BY_TWO


def may_confirm(actor: Actor, row: Account, noted: RightsGain) -> bool:
    """Whether this actor is a second person for what the account gains.

    A head of the archive for every one; a head of an agency for those of the agency, and for those
    that act for all: else an archive's only head could have nobody beside them. Of a change it is
    the agency that the account is to act for, of a grant the one whose records are read.
    """
    agency_id = granted_agency(noted) or row.agency_id
    if noted.kind is GainKind.CHANGED and is_open(noted):
        agency_id = row.next_agency_id
    reaches = None if agency_id is None else access.AtAgency(agency_id)
    return actor.account_id not in (None, row.id) and access.may(actor, CONFIRM, reaches)


def confirmers(session: Session, noted: RightsGain, row: Account) -> list[Account]:
    """Those who are a second person for what the account gains."""
    heads = session.scalars(
        select(Account).where(Account.active, Account.role.in_(tuple(access.ACTS[CONFIRM])))
    )
    return [
        head
        for head in heads
        if head.id != noted.asked_by_id and may_confirm(head.as_actor(), row, noted)
    ]


def granted_agency(noted: RightsGain) -> UUID | None:
    """The agency whose records it lets somebody read; ``None`` of other gains."""
    found = noted.facts.get("agency_id")
    return None if found is None else UUID(found)


def waiting_gain(session: Session, row: Account) -> RightsGain | None:
    """What the account itself waits for."""
    return session.scalars(
        select(RightsGain)
        .where(
            RightsGain.account_id == row.id,
            RightsGain.state == GainState.WAITING,
            RightsGain.kind.in_((GainKind.ACCOUNT, GainKind.ENABLED)),
        )
        .limit(1)
    ).first()


def is_open(noted: RightsGain) -> bool:
    """Whether a second person may decide it; see ``OPEN``."""
    if noted.state is GainState.AT_ONCE:
        return noted.reason == FIRST
    return noted.state is GainState.WAITING


def is_ring(session: Session, noted: RightsGain, confirmer_id: UUID | None) -> bool:
    """Whether this account confirmed a gain of who now confirms one of its own.

    Of two who ask and confirm for others in turns it is the same.
    """
    other = or_(
        and_(RightsGain.account_id == confirmer_id, RightsGain.decided_by_id == noted.account_id),
        and_(RightsGain.asked_by_id == confirmer_id, RightsGain.decided_by_id == noted.asked_by_id),
    )
    found = select(RightsGain.id).where(other, RightsGain.state == GainState.CONFIRMED)
    return session.scalar(found.limit(1)) is not None


def decide(session: Session, gain_id: UUID, state: GainState, actor: Actor) -> RightsGain | None:
    """Compare and set: of two decisions one counts; ``None`` for the other."""
    decided = (
        update(RightsGain)
        .where(RightsGain.id == gain_id, OPEN)
        .values(
            state=state,
            decided_by=actor.account,
            decided_by_id=actor.account_id,
            decided_at=clock.now(),
        )
        .returning(RightsGain)
    )
    found = session.scalars(decided).one_or_none()
    if found is not None:
        inbox.settle(session, WAITING, gain_id)
        row = session.get_one(Account, found.account_id)
        if found.reason == FIRST:
            close_incident(session, BEGUN, row.name)
    return found


def record(
    session: Session,
    tag: str,
    noted: RightsGain,
    row: Account,
    actor: Actor,
    *,
    was: bool | None = None,
) -> None:
    """The event of a gain: what, of whom, and why without a second person.

    ``was``: whether the account was active before, where it may be another now.
    """
    data: dict[str, Any] = {
        "gain": str(noted.id),
        "kind": noted.kind.value,
        "name": row.name,
        "role": role_of(noted, row),
        "scopes": noted.scopes,
        "reason": noted.reason,
        "asked_by": noted.asked_by,
        "ring": bool(noted.ring),
    }
    data |= {"change": noted.facts} if noted.facts else {}
    if was is not None:
        data |= {"before": {"active": was}, "after": {"active": row.active}}
    record_event(session, tag, of=row, actor=actor, data=data)


def role_of(noted: RightsGain, row: Account) -> str:
    """The role that is gained, or in which something is."""
    return str(noted.facts.get("role", row.role.value))


def was_reset(row: Account, rest: dt.timedelta) -> bool:
    """Whether somebody else set its password anew within ``rest``; the first one is none."""
    at, begun = row.password_reset_at, max(row.created_at, row.enabled_at or row.created_at)
    return at is not None and at > begun and clock.now() - at < rest


def _reason(session: Session, row: Account, kind: GainKind, actor: Actor) -> str:
    if actor.os_user and actor.shell != "login":
        return SHELL
    decides = row.role in access.ACTS[CONFIRM] and kind is GainKind.ACCOUNT
    if not decides or actor.agency_id is not None:  # of all agencies the first, not of one
        return ""
    others = select(Account.id).where(
        Account.id != row.id, Account.role.in_(tuple(access.ACTS[CONFIRM]))
    )
    if actor.role is Role.OPERATOR:  # the way out where all who could confirm have left
        others = others.where(Account.active)
    return "" if session.scalar(others.limit(1)) is not None else FIRST


def _tell(session: Session, noted: RightsGain, row: Account) -> None:
    inbox.tell(
        session,
        "rights-waiting",
        to=[head.id for head in confirmers(session, noted, row)],
        subject_id=noted.id,
        facts={
            "name": row.name,
            "full_name": row.person,
            "role": role_of(noted, row),
            "by": noted.asked_by,
            "at": clock.iso(noted.asked_at),
        },
        href=WAITING_PAGE,
        urgent=True,
    )
