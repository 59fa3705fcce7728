"""Accounts added and enabled, tokens given: each gain confirmed or refused by a second person."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts import granted
from archive_service.accounts.acts import add_account, reached_account, state_change
from archive_service.accounts.delegations.standing import end_one
from archive_service.accounts.disabling import disable_account
from archive_service.accounts.gains import rules
from archive_service.accounts.gains.changes import count_change, drop_change, refuse_waiting
from archive_service.accounts.gains.documents import GainDocument, GainList
from archive_service.accounts.gains.granting import count_given, given_by
from archive_service.accounts.oidc.bindings import decide_binding
from archive_service.accounts.own_password import to_owner
from archive_service.accounts.second_factor import (
    REST,
    SecondFactorWrongError,
    note_refused,
    require_second_factor,
)
from archive_service.accounts.sessions import end_former, end_sessions, revoke_tokens
from archive_service.accounts.strength import DEFAULT, PasswordRules
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.people.account import AccessToken, Account, Actor, Role
from archive_service.domain.people.delegation import Delegation
from archive_service.domain.people.rights_gain import FIRST, GainKind, GainState, RightsGain
from archive_service.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from archive_service.given import Given
from archive_service.notices import inbox
from archive_service.services import Services

_SHOWN = 100  # gains that were decided, on the list
_TOLD = (  # of the facts of a gain
    *("was_role", "agency", "was_agency", "heads_unit", "why"),
    *("scope", "target", "level", "gives", "first_day", "last_day", "subject"),
)


class AccountAgencyError(InputError):
    """Administrators set up for all agencies: one of a single agency would do so as well."""


class GainNotFoundError(NotFoundError):
    """There is no such gain, or it is not to be known."""

    code = "rights-gain-not-found"


class GainDecidedError(ConflictError):
    """Somebody decided it before, or it never waited."""

    code = "rights-gain-decided"


class GainSecondPersonError(NotAllowedError):
    """Who asked for it, whose it is, or whose own password was just set, does not confirm it."""

    code = "rights-second-person"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that is to be; ``once``: its password is good for one sign-in."""

    name: str
    role: Role
    password: str
    agency_id: UUID | None = None
    display_name: str = ""
    once: bool = False
    rules: PasswordRules = DEFAULT


class Confirmation(Given):
    """What a second person proves themselves by."""

    otp: str = Field(
        default="", description="A code of your own second factor, where you have one."
    )


def new_account(wanted: NewAccount, *, actor: Actor, uow: UnitOfWork) -> Account:
    """A new account; with a role that reads or decides it waits for a second person.

    Raises:
        AccountAgencyError: an administrator with an agency.
        AccountRoleError, AccountNameError, AccountExistsError, WeakPasswordError: see
            ``add_account``.
    """
    if wanted.role is Role.ADMIN and wanted.agency_id is not None:
        raise AccountAgencyError(name=wanted.name, at="agency")
    row = add_account(
        wanted.name,
        role=wanted.role,
        actor=actor,
        uow=uow,
        agency_id=wanted.agency_id,
        display_name=wanted.display_name,
        password=wanted.password,
        rules=wanted.rules,
    )
    if wanted.once:
        row.password_once, row.password_reset_at = True, row.created_at
    if rules.needs_two(row, GainKind.ACCOUNT):
        noted = rules.gain(uow.session, row, GainKind.ACCOUNT, actor=actor)
        row.active = noted.state is not GainState.WAITING
    return row


def enable_account(name: str, *, actor: Actor, uow: UnitOfWork) -> Account:
    """Its person signs in again, with the password from before; what was disabled or idle.

    With a role that reads or decides it waits for a second person. Sessions and tokens from before
    stay ended.
    """
    row = reached_account(uow.session, name, actor=actor)
    if rules.waiting_gain(uow.session, row) is not None:
        return row
    if not row.active:
        end_sessions(row, uow=uow)
        revoke_tokens(row, actor=actor, uow=uow)
    if rules.needs_two(row, GainKind.ENABLED):
        noted = rules.gain(uow.session, row, GainKind.ENABLED, actor=actor)
        if noted.state is GainState.WAITING:
            return row
    _enable(row, actor=actor, uow=uow)
    return row


def close_account(name: str, *, actor: Actor, uow: UnitOfWork) -> Account:
    """Nobody signs in with it from now on, nor once somebody confirms what it waited for.

    Raises: see ``disable_account``.
    """
    row = disable_account(name, actor=actor, uow=uow)
    refuse_open(row, actor=actor, uow=uow)
    return row


def refuse_open(row: Account, *, actor: Actor, uow: UnitOfWork) -> None:
    """Nothing that the account waits for is gained any more."""
    refuse_waiting(row, *GainKind, actor=actor, uow=uow)


def list_gains(services: Services, *, actor: Actor) -> GainList:
    """Gains of rights that wait for a second person, and the last hundred that were decided.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "rights:list")
    query = select(RightsGain, Account).join(Account, Account.id == RightsGain.account_id)
    with services.read_only() as session:
        found = [
            *session.execute(query.where(rules.OPEN).order_by(RightsGain.asked_at)),
            *session.execute(
                query.where(~rules.OPEN).order_by(RightsGain.asked_at.desc()).limit(_SHOWN)
            ),
        ]
        return GainList(
            gains=[_document(gain, row) for gain, row in found if _sees(actor, row, noted=gain)]
        )


def confirm_gain(
    services: Services, gain_id: UUID, given: Confirmation, *, actor: Actor
) -> GainDocument:
    """Confirm a gain of rights: it counts from now on.

    Raises:
        ActNotAllowedError: ``actor`` does not decide for this account.
        GainNotFoundError, GainDecidedError
        GainSecondPersonError: who asked, whose it is, or whose password was just set.
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorRestingError,
        SecondFactorPausedError: they have a second factor, and this is no code of it.
    """
    access.require(actor, rules.CONFIRM)
    try:
        with services.unit_of_work() as uow:
            noted, row = _locked(uow.session, gain_id)
            _require_second_person(uow.session, noted, row, actor)
            own = uow.session.get_one(Account, actor.account_id)
            if own.has_factor:
                otp = given.otp.strip() or None
                require_second_factor(uow.session, own.id, otp, home=services.settings.home)
            noted = _decided(uow.session, noted, GainState.CONFIRMED, actor)
            was = row.active
            _count(noted, row, actor=actor, uow=uow)
            noted.ring = rules.is_ring(uow.session, noted, actor.account_id)
            rules.record(uow.session, "rights:confirmed", noted, row, actor, was=was)
            document = _document(noted, row)
            uow.commit()
    except SecondFactorWrongError:
        note_refused(services.database, actor)
        raise
    return document


def refuse_gain(services: Services, gain_id: UUID, *, actor: Actor) -> GainDocument:
    """Refuse a gain of rights, or take back one's own request: nothing is gained.

    Raises:
        ActNotAllowedError: neither who asked nor a second person for this account.
        GainNotFoundError, GainDecidedError
    """
    with services.writing() as session:
        noted, row = _locked(session, gain_id)
        asked = actor.account_id is not None and actor.account_id == noted.asked_by_id
        if not (asked and actor.scopes is None) and not rules.may_confirm(actor, row, noted):
            raise access.not_allowed(actor, rules.CONFIRM)
        noted, was = _decided(session, noted, GainState.REFUSED, actor), row.active
        if noted.token_id is not None:
            session.get_one(AccessToken, noted.token_id).revoked_at = clock.now()
        elif noted.reason == FIRST:
            row.active = False  # it counted until now
        if noted.kind is GainKind.DELEGATED:
            end_one(session, _delegation(session, noted), actor=actor)
        if noted.kind in (GainKind.GRANTED, GainKind.JOINED):
            granted.end_one(session, given_by(session, noted), row, actor=actor)
        drop_change(session, noted, row, actor=actor)
        rules.record(session, "rights:refused", noted, row, actor, was=was)
        return _document(noted, row)


def _decided(session: Session, noted: RightsGain, state: GainState, actor: Actor) -> RightsGain:
    found = rules.decide(session, noted.id, state, actor)
    if found is None:
        raise GainDecidedError(state=noted.state, by=noted.decided_by)
    return found


def _count(noted: RightsGain, row: Account, *, actor: Actor, uow: UnitOfWork) -> None:
    """What was gained counts from now on."""
    if noted.token_id is not None:
        uow.session.get_one(AccessToken, noted.token_id).waits = False
        if former := noted.facts.get("former"):  # it takes the place of this one
            old = uow.session.get_one(AccessToken, UUID(former), with_for_update=True)
            end_former(old, clock.now())
    elif noted.kind is GainKind.RESET:
        if row.password_reset_at == noted.asked_at:
            row.password_reset_at = clock.now()  # its hours begin now
    elif noted.kind is GainKind.DELEGATED:
        _delegation(uow.session, noted).waits = False
    elif noted.kind in (GainKind.GRANTED, GainKind.JOINED):
        count_given(uow.session, noted, row, actor=actor)
    elif noted.kind is GainKind.ENABLED:
        _enable(row, actor=actor, uow=uow)
    elif noted.kind is GainKind.BOUND:
        decide_binding(uow.session, noted, row, actor=actor)
    elif noted.kind is GainKind.CHANGED:
        count_change(noted, row, actor=actor, uow=uow)
    else:
        row.active, row.enabled_at = True, clock.now()
        if row.password_once and row.password_spent_at is None:
            row.password_reset_at = row.enabled_at  # its hours begin now


def _delegation(session: Session, noted: RightsGain) -> Delegation:
    return session.get_one(Delegation, UUID(noted.facts["delegation"]))


def _enable(row: Account, *, actor: Actor, uow: UnitOfWork) -> None:
    was = row.active
    row.active, row.enabled_at = True, clock.now()
    row.left_on, row.left_reason, row.handed_to_id = None, "", None
    record_event(
        uow.session, "account:enabled", of=row, actor=actor, data=state_change(row, was=was)
    )
    inbox.tell(uow.session, "account-enabled", **to_owner(row, actor))


def _require_second_person(session: Session, noted: RightsGain, row: Account, actor: Actor) -> None:
    """Neither who asked, nor whose it is, nor one whose own password was just set by another."""
    why = ""
    if actor.account_id is None or actor.account_id == row.id:
        why = "own"
    elif actor.account_id == noted.asked_by_id:
        why = "asked"
    else:
        own = session.get_one(Account, actor.account_id)
        if rules.was_reset(own, REST):
            why = "reset"
    if why:
        raise GainSecondPersonError(name=row.name, why=why)
    if not rules.may_confirm(actor, row, noted):
        raise access.not_allowed(actor, rules.CONFIRM)


def _locked(session: Session, gain_id: UUID) -> tuple[RightsGain, Account]:
    noted = session.get(RightsGain, gain_id, with_for_update=True)
    if noted is None:
        raise GainNotFoundError(id=gain_id)
    if not rules.is_open(noted):
        raise GainDecidedError(state=noted.state, by=noted.decided_by)
    return noted, session.get_one(Account, noted.account_id)


def _sees(actor: Actor, row: Account, noted: RightsGain) -> bool:
    """Who may confirm it, who sees all, and who sets up the agency that it is of."""
    if (of_agency := rules.granted_agency(noted)) is not None:
        return actor.agency_id in (None, of_agency)
    if actor.role not in access.ACTS[rules.CONFIRM]:
        return actor.agency_id in (None, row.agency_id)
    reached = (None, row.agency_id, row.next_agency_id)
    return row.agency_id is None or actor.agency_id in reached


def _document(noted: RightsGain, row: Account) -> GainDocument:
    return GainDocument.of_row(
        noted,
        account=row.name,
        person=row.person,
        role=rules.role_of(noted, row),
        duties=noted.facts.get("duties", []),
        **{name: noted.facts.get(name, "") for name in _TOLD},
        is_open=rules.is_open(noted),
    )
