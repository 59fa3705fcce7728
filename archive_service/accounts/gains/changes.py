"""A change of rights that waits: what is gained counts once confirmed, what is lost is gone."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.accounts.delegations.standing import end_all
from archive_service.accounts.gains import rules
from archive_service.accounts.granted import end_grants
from archive_service.accounts.oidc.bindings import decide_binding
from archive_service.accounts.sessions import end_sessions, end_tokens
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.people.rights_gain import GainKind, GainState, RightsGain


def count_change(noted: RightsGain, row: Account, *, actor: Actor, uow: UnitOfWork) -> None:
    """Role, agency and headship are from now on what the gain says."""
    row.is_unit_head = bool(noted.facts.get("heads_unit"))
    if row.next_role is not None:
        row.role, row.agency_id = row.next_role, row.next_agency_id
    row.next_role = row.next_agency_id = None
    begin_anew(row, actor=actor, uow=uow)


def drop_change(session: Session, noted: RightsGain, row: Account, *, actor: Actor) -> None:
    """Nothing of a change, a binding or a password that was refused waits any more."""
    if noted.kind is GainKind.CHANGED:
        row.next_role = row.next_agency_id = None
    elif noted.kind is GainKind.RESET and row.password_reset_at == noted.asked_at:
        row.password_spent_at = clock.now()  # who was told it does not sign in with it
    elif noted.kind is GainKind.BOUND:
        decide_binding(session, noted, row, actor=actor)


def begin_anew(row: Account, *, actor: Actor, uow: UnitOfWork) -> None:
    """What was signed in, given or asked for under the rights of before ends.

    Who gained a role that signs in with two factors does so; a token was given for the old one.
    """
    end_sessions(row, uow=uow)
    end_tokens(row, actor=actor, uow=uow)
    end_all(uow.session, row, actor=actor)
    end_grants(uow.session, row, actor=actor)
    refuse_waiting(row, GainKind.TOKEN, GainKind.DELEGATED, actor=actor, uow=uow)


def refuse_waiting(row: Account, *kinds: GainKind, actor: Actor, uow: UnitOfWork) -> None:
    """Nothing of these kinds that the account waits for is gained any more."""
    waiting = select(RightsGain.id).where(
        RightsGain.account_id == row.id, RightsGain.kind.in_(kinds), rules.OPEN
    )
    for gain_id in uow.session.scalars(waiting).all():
        decided = rules.decide(uow.session, gain_id, GainState.REFUSED, actor)
        if decided is not None:
            drop_change(uow.session, decided, row, actor=actor)
            rules.record(uow.session, "rights:refused", decided, row, actor, was=row.active)
