"""Duties handed to a colleague: given, listed, ended."""

from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from archive_service import access, clock
from archive_service.accounts.acts import get_account
from archive_service.accounts.delegations.colleagues import receiver_named
from archive_service.accounts.delegations.documents import (
    DelegationDocument,
    DelegationList,
    Handing,
)
from archive_service.accounts.delegations.duties import gains, has_duty
from archive_service.accounts.delegations.standing import end_one
from archive_service.accounts.gains import rules
from archive_service.audit import record_event
from archive_service.domain.people.account import LONGEST_REASON, Account, Actor, Role
from archive_service.domain.people.delegation import Delegation
from archive_service.domain.people.rights_gain import GainKind, GainState
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence.acting import acting
from archive_service.notices import inbox
from archive_service.services import Services
from archive_service.text import telling_line

PAGE = "/delegations"
LONGEST_DAYS = 90  # a longer absence is a change of rights
_SHOWN = 100
_SEES_ALL = (Role.ADMIN, Role.OPERATOR, Role.AUDITOR)


class DelegationDaysError(InputError):
    """The days are past, the wrong way round, or too many."""


class DelegationDutyError(InputError):
    """Nobody hands over what is not theirs."""


class DelegationReceiverError(InputError):
    """No colleague bears this name: no account in use, oneself, or of another agency."""


class DelegationReasonError(InputError):
    """Nothing is handed over without a reason, nor with one that is too long."""


class DelegationNotFoundError(NotFoundError):
    """There is no such delegation, or it is not to be known."""


class DelegationEndedError(ConflictError):
    """It ended before."""


def hand_duties(services: Services, given: Handing, *, actor: Actor) -> DelegationDocument:
    """Hand duties of one's own to a colleague for some days; what they gain may wait for another.

    Raises:
        ActNotAllowedError, ProofOldError
        DelegationDaysError, DelegationDutyError, DelegationReceiverError, DelegationReasonError
    """
    with acting(services, "delegation:give", actor) as session:
        giver = get_account(session, actor.account)
        duties, reason = _checked(given, actor)
        receiver = _receiver(session, given.receiver, giver)
        row = Delegation(
            giver_id=giver.id,
            receiver_id=receiver.id,
            duties=duties,
            first_day=given.first_day,
            last_day=given.last_day,
            reason=reason,
            given_at=clock.now(),
        )
        session.add(row)
        session.flush()
        facts = _facts(row, giver, receiver)
        record_event(
            session,
            "delegation:given",
            subject_id=row.id,
            actor=actor,
            agency_id=giver.agency_id,
            data=facts,
        )
        if gains(receiver.as_actor(), actor, duties):
            event_facts = facts | {"delegation": str(row.id), "role": giver.role.value}
            noted = rules.gain(
                session, receiver, GainKind.DELEGATED, actor=actor, facts=event_facts
            )
            row.gain_id, row.waits = noted.id, noted.state is GainState.WAITING
        inbox.tell(
            session,
            "duties-handed",
            to=[receiver.id],
            subject_id=row.id,
            facts=facts | {"person": giver.person},
            href=PAGE,
        )
        return _document(row, giver, receiver)


def list_delegations(services: Services, *, actor: Actor) -> DelegationList:
    """Duties one handed over or received, the newest first; administrators and auditors see all.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "delegation:list")
    giver, receiver = aliased(Account), aliased(Account)
    query = (
        select(Delegation, giver, receiver)
        .join(giver, giver.id == Delegation.giver_id)
        .join(receiver, receiver.id == Delegation.receiver_id)
        .order_by(Delegation.given_at.desc(), Delegation.id)
        .limit(_SHOWN)
    )
    if actor.role not in _SEES_ALL:
        query = query.where(
            or_(Delegation.giver_id == actor.account_id, Delegation.receiver_id == actor.account_id)
        )
    with services.read_only() as session:
        return DelegationList(delegations=[_document(*found) for found in session.execute(query)])


def end_delegation(services: Services, delegation_id: UUID, *, actor: Actor) -> DelegationDocument:
    """End it at once: who gave it, who received it, or an administrator.

    Raises:
        ActNotAllowedError, DelegationNotFoundError, DelegationEndedError
    """
    with acting(services, "delegation:end", actor) as session:
        row = session.get(Delegation, delegation_id, with_for_update=True)
        own = row is not None and actor.account_id in (row.giver_id, row.receiver_id)
        if row is None or not (own or actor.role in _SEES_ALL):
            raise DelegationNotFoundError(id=delegation_id)
        if not row.is_open(clock.today()):
            raise DelegationEndedError(day=row.last_day)
        giver, receiver = (
            session.get_one(Account, identifier) for identifier in (row.giver_id, row.receiver_id)
        )
        end_one(session, row, actor=actor)
        inbox.tell(
            session,
            "duties-handed-back",
            to=[account.id for account in (giver, receiver) if account.id != actor.account_id],
            subject_id=row.id,
            facts=_facts(row, giver, receiver) | {"by": actor.account},
            href=PAGE,
        )
        return _document(row, giver, receiver)


def _checked(given: Handing, actor: Actor) -> tuple[list[str], str]:
    """Duties and reason as they are kept."""
    days = (given.last_day - given.first_day).days + 1
    if given.first_day < clock.today() or not 0 < days <= LONGEST_DAYS:
        raise DelegationDaysError(most=LONGEST_DAYS)
    reason = telling_line(given.reason)
    if not 0 < len(reason) <= LONGEST_REASON:
        raise DelegationReasonError(most=LONGEST_REASON, given=len(reason))
    if lacking := [duty.value for duty in given.duties if not has_duty(actor, duty)]:
        raise DelegationDutyError(duties=lacking)
    return sorted({duty.value for duty in given.duties}), reason


def _receiver(session: Session, name: str, giver: Account) -> Account:
    found = receiver_named(session, name, giver)
    if found is None:
        raise DelegationReceiverError(account=name.strip()[:100])
    return found


def _facts(row: Delegation, giver: Account, receiver: Account) -> dict[str, Any]:
    return {
        "giver": giver.name,
        "receiver": receiver.name,
        "duties": row.duties,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "why": row.reason,
    }


def _document(row: Delegation, giver: Account, receiver: Account) -> DelegationDocument:
    return DelegationDocument.of_row(
        row,
        giver=giver.name,
        giver_person=giver.person,
        receiver=receiver.name,
        receiver_person=receiver.person,
        state=row.standing(clock.today()),
    )
