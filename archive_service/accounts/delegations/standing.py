"""Acting in another's stead: as long as the delegation lives, with what was handed over."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, aliased

from archive_service import clock
from archive_service.accounts.delegations.duties import HandedDuty, acts_of, has_duty
from archive_service.accounts.second_factor import SecondFactorEnrolError
from archive_service.audit import record_event
from archive_service.domain.people.account import Account, Actor, StandIn
from archive_service.domain.people.delegation import Delegation
from archive_service.domain.people.rights_gain import GainState, RightsGain
from archive_service.errors import NotAllowedError
from archive_service.settings import Settings


class DelegationOverError(NotAllowedError):
    """Nothing is handed to this person so, not yet or not any more."""


def stand_in(session: Session, delegation_id: UUID, own: Actor, settings: Settings) -> Actor:
    """``own`` in the stead of who gave: their role and agency, what was handed over, both names.

    Raises:
        DelegationOverError: it does not count today, or the giver may not do it any more.
        SecondFactorEnrolError: the giver's role signs in with a second factor; ``own`` has none.
    """
    row = session.get(Delegation, delegation_id)
    if row is None or row.receiver_id != own.account_id or own.stands_for is not None:
        raise DelegationOverError(account=own.account)
    giver = session.get_one(Account, row.giver_id)
    as_giver = giver.as_actor()
    duties = [duty for duty in row.duties if has_duty(as_giver, HandedDuty(duty))]
    if not (row.lives(clock.today()) and giver.active and duties):
        raise DelegationOverError(account=own.account)
    receiver = session.get_one(Account, row.receiver_id)
    is_named = giver.role.value in settings.accounts.second_factor
    if is_named and not receiver.has_factor and not settings.is_demo:
        raise SecondFactorEnrolError(name=receiver.name)
    person = giver.person
    who = StandIn(row.id, giver.name, giver.id, person, tuple(duties), acts_of(duties))
    return replace(
        own,
        role=as_giver.role,
        agency_id=as_giver.agency_id,
        next_role=as_giver.next_role,
        doubted=own.doubted or as_giver.doubted,
        stands_for=who,
    )


def given_by(session: Session, giver: str, own: Actor) -> UUID:
    """The delegation by which ``own`` acts for this account today.

    Raises:
        DelegationOverError: there is none.
    """
    who, today = aliased(Account), clock.today()
    found = select(Delegation).join(who, who.id == Delegation.giver_id)
    for row in session.scalars(
        found.where(who.name == giver, Delegation.receiver_id == own.account_id)
    ):
        if row.lives(today):
            return row.id
    raise DelegationOverError(account=own.account)


def end_all(session: Session, account: Account, *, actor: Actor) -> None:
    """Nothing that this account handed over or took goes on."""
    both = or_(Delegation.giver_id == account.id, Delegation.receiver_id == account.id)
    for row in session.scalars(select(Delegation).where(both, Delegation.ended_at.is_(None))):
        if row.is_open(clock.today()):
            end_one(session, row, actor=actor)


def end_one(session: Session, row: Delegation, *, actor: Actor) -> None:
    """It ends now; the caller has made sure that it is open."""
    row.ended_at, row.ended_by = clock.now(), actor.account
    session.execute(
        update(RightsGain)
        .where(RightsGain.id == row.gain_id, RightsGain.state == GainState.WAITING)
        .values(state=GainState.REFUSED, decided_by=actor.account, decided_at=row.ended_at)
    )
    giver, receiver = (
        session.get_one(Account, identifier) for identifier in (row.giver_id, row.receiver_id)
    )
    record_event(
        session,
        "delegation:ended",
        subject_id=row.id,
        actor=actor,
        agency_id=giver.agency_id,
        data={"giver": giver.name, "receiver": receiver.name, "duties": row.duties},
    )
