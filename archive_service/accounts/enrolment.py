"""Second factors enrolled and replaced: by the old one, or by a second person; the owner is told.

Who holds the shell or sets up accounts enrols a first one. From then on neither can put another in
its place: only who has the old one can, or the owner once another who decides has confirmed it at
a page, where they are signed in themselves.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import AccountNotFoundError, get_account, reached_account
from archive_service.accounts.own_password import require_password, to_owner
from archive_service.accounts.recovery_codes import renew_codes
from archive_service.accounts.second_factor import (
    REST,
    SecondFactorMissingError,
    SecondFactorWrongError,
    new_secret,
    note_refused,
    prove_new,
    prove_second_factor,
    require_second_factor,
)
from archive_service.accounts.sessions import note_proved
from archive_service.audit import record_event
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.people.passkey import Passkey, PasskeyQuestion
from archive_service.errors import ConflictError, NotAllowedError
from archive_service.notices import inbox
from archive_service.services import Services

WAITING_PAGE = "/account/second-factors"
CONFIRM = "second-factor:confirm"
_ASKED_FOR = dt.timedelta(days=7)  # a request that nobody confirmed is over then
_WAITING = "second-factor-waiting"


class SecondFactorSetError(ConflictError):
    """The account has one: without its code no other takes its place from here."""


class SecondFactorNotAskedError(ConflictError):
    """Nobody asked for another one, or the request is over."""


class SecondPersonError(NotAllowedError):
    """The one who asked cannot confirm it, nor one whose own access was just set anew."""

    code = "second-factor-second-person"


@dataclass(frozen=True, slots=True)
class Asked:
    """A second factor that waits for a second person."""

    name: str
    full_name: str
    role: Role
    asked_at: dt.datetime


def enrol(services: Services, name: str, *, actor: Actor, otp: str | None = None) -> dict[str, str]:
    """``{name, secret, uri}`` of a new second factor, told this once.

    Raises:
        ActNotAllowedError: neither the account itself nor one that sets up.
        AccountNotFoundError
        SecondFactorSetError: there is one, and no code of it was given.
        SecondFactorWrongError, SecondFactorPausedError: the code is none of it.
    """
    home = services.settings.home
    try:
        with services.writing() as session:
            if actor.account == name:
                row = _locked(session, name)
            else:
                row = reached_account(session, name, actor=actor)
            if row.has_factor:
                if not (otp or "").strip():
                    raise SecondFactorSetError(name=name)
                prove_second_factor(session, row.id, otp, home=home, takes_recovery=True)
            secret, sealed = new_secret(home)
            _put(session, row, sealed, actor=actor)
    except SecondFactorWrongError:
        with services.read_only() as session:
            owner = get_account(session, name)
        note_refused(services.database, actor, of=owner)
        raise
    return _factor(name, secret, services)


def begin(services: Services, *, actor: Actor, password: str) -> dict[str, str]:
    """A first second factor for oneself, as ``enrol``; it counts once ``finish`` took its code.

    Raises:
        AccountNotFoundError: nobody's own account.
        PasswordWrongError: it is not the owner who sits at the open session.
        SecondFactorSetError: there is one.
    """
    with services.unit_of_work() as uow:
        row = _locked(uow.session, actor.account)
        require_password(row, password, uow=uow)
        if row.has_factor:
            raise SecondFactorSetError(name=row.name)
        secret, row.totp_next = new_secret(services.settings.home)
        row.totp_asked_at = None  # it waits for its own code, and for no second person
        _record(uow.session, "account:second-factor-begun", row, actor)
        uow.commit()
    return _factor(actor.account, secret, services)


def finish(services: Services, *, actor: Actor, otp: str, session_token: str = "") -> list[str]:
    """What was begun counts from now on; its recovery codes, told this once.

    ``session_token``: of the session in which the code was shown, which then counts as a proof.

    Raises:
        SecondFactorNotAskedError: nothing was begun, or there is one by now.
        SecondFactorWrongError, SecondFactorPausedError: it is no code of it.
    """
    try:
        with services.unit_of_work() as uow:
            row = _locked(uow.session, actor.account)
            if row.totp_next is None or row.has_factor:
                raise SecondFactorNotAskedError(name=row.name)
            step = prove_new(uow.session, row, otp, home=services.settings.home)
            _put(uow.session, row, row.totp_next, actor=actor)
            row.totp_step = step  # this code is taken
            codes = renew_codes(uow.session, row)
            note_proved(session_token, uow=uow)
            uow.commit()
    except SecondFactorWrongError:
        note_refused(services.database, actor)
        raise
    return codes


def new_codes(services: Services, *, actor: Actor, otp: str) -> list[str]:
    """Ten recovery codes in the place of those from before, told this once.

    Raises:
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError: a code of the
            second factor itself is asked for.
    """
    try:
        with services.writing() as session:
            row = _locked(session, actor.account)
            prove_second_factor(session, row.id, otp, home=services.settings.home)
            codes = renew_codes(session, row)
            _record(session, "account:recovery-codes-made", row, actor)
    except SecondFactorWrongError:
        note_refused(services.database, actor)
        raise
    return codes


def ask_anew(services: Services, *, actor: Actor, password: str) -> dict[str, str]:
    """A second factor for the one who lost theirs, as ``enrol``; it waits for a second person.

    Until then the former one stays what counts.

    Raises:
        AccountNotFoundError: nobody's own account.
        PasswordWrongError: it is not the owner who sits at the open session.
        SecondFactorMissingError: there is none to be replaced.
    """
    with services.unit_of_work() as uow:
        row = _locked(uow.session, actor.account)
        require_password(row, password, uow=uow)
        if not row.has_factor:
            raise SecondFactorMissingError(account=row.name, enrolled=False)
        secret, row.totp_next = new_secret(services.settings.home)
        row.totp_asked_at = clock.now()
        _record(uow.session, "account:second-factor-asked", row, actor)
        inbox.tell(uow.session, "second-factor-asked", **to_owner(row, actor))
        inbox.tell(
            uow.session,
            "second-factor-waiting",
            to=_who_may_confirm(uow.session, row),
            subject_id=row.id,
            facts={
                "name": row.name,
                "full_name": row.person,
                "at": clock.iso(row.totp_asked_at),
            },
            href=WAITING_PAGE,
            urgent=True,
        )
        uow.commit()
    return _factor(actor.account, secret, services)


def confirm(services: Services, name: str, *, actor: Actor, otp: str | None = None) -> None:
    """The second person has made sure who asked: what waits takes the place of the old one.

    Passkeys end with it, and those asked for: what was lost may be in somebody's hands.

    Raises:
        ActNotAllowedError: ``actor`` does not decide for this account.
        SecondFactorNotAskedError
        SecondPersonError: the owner, or one whose own account was just made, or whose password or
            second factor was just set anew.
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorRestingError,
        SecondFactorPausedError: the second person has a second factor, and this is no code of it.
    """
    home = services.settings.home
    try:
        with services.writing() as session:
            row = _asked_of(session, name, actor)
            own = session.get_one(Account, actor.account_id)
            for why, since in (("new", own.created_at), ("reset", own.password_reset_at)):
                if since is not None and clock.now() - since < REST:
                    raise SecondPersonError(name=name, why=why, until=since + REST)
            if own.has_factor:
                require_second_factor(session, own.id, otp, home=home)
            _put(session, row, row.totp_next or "", actor=actor, ends_passkeys=True)
            session.execute(delete(Passkey).where(Passkey.account_id == row.id))
            session.execute(delete(PasskeyQuestion).where(PasskeyQuestion.account_id == row.id))
    except SecondFactorWrongError:
        note_refused(services.database, actor)
        raise


def refuse(services: Services, name: str, *, actor: Actor) -> None:
    """What waits is over and the old one stays: by the owner, or by a second person."""
    with services.writing() as session:
        own = actor.account == name
        row = _asked(session, name) if own else _asked_of(session, name, actor)
        _forget_asked(session, row)
        _record(session, "account:second-factor-withheld", row, actor)
        if not own:
            inbox.tell(session, "second-factor-not-confirmed", **to_owner(row, actor))


def list_asked(session: Session, *, actor: Actor) -> list[Asked]:
    """What waits for this second person, the earliest first."""
    access.require(actor, CONFIRM)
    waiting = (
        select(Account)
        .where(Account.totp_next.is_not(None), Account.totp_asked_at > clock.now() - _ASKED_FOR)
        .order_by(Account.totp_asked_at, Account.name)
    )
    return [
        Asked(row.name, row.display_name, row.role, row.totp_asked_at)
        for row in session.scalars(waiting)
        if row.totp_asked_at is not None and may_confirm(actor, row)
    ]


def may_confirm(actor: Actor, row: Account) -> bool:
    """Whether this actor is a second person for the account.

    A head of the archive for every one; a head of an agency for those of the agency, and for those
    that act for all: else nobody could vouch for an archive's only head.
    """
    reaches = row if row.agency_id is not None else None
    return actor.account_id != row.id and access.may(actor, CONFIRM, reaches)


def asked_at(row: Account) -> dt.datetime | None:
    """Since when a second factor of this account waits for a second person."""
    at = row.totp_asked_at if row.totp_next is not None else None
    return at if at is not None and clock.now() - at < _ASKED_FOR else None


def _asked(session: Session, name: str) -> Account:
    row = _locked(session, name)
    if asked_at(row) is None:
        raise SecondFactorNotAskedError(name=name)
    return row


def _asked_of(session: Session, name: str, actor: Actor) -> Account:
    access.require(actor, CONFIRM)
    row = _asked(session, name)
    if actor.account_id is None or actor.account_id == row.id:
        raise SecondPersonError(name=name, why="own", until=None)
    if not may_confirm(actor, row):
        raise access.not_allowed(actor, CONFIRM)
    return row


def _put(
    session: Session, row: Account, sealed: str, *, actor: Actor, ends_passkeys: bool = False
) -> None:
    """What comes to another or in its place decides nothing for a day; nor what another enrolled.

    At a trusted shell a first one counts at once.
    """
    is_first = not row.has_factor
    replaced = row.totp_secret is not None or ends_passkeys
    row.totp_secret, row.totp_step = sealed, None
    row.totp_since = clock.now()
    anothers = actor.account_id != row.id and actor.shell == "login"
    if anothers or not is_first:
        row.totp_replaced_at = row.totp_since
    _forget_asked(session, row)
    _record(session, "account:second-factor-set", row, actor, replaced=replaced)
    if replaced:
        inbox.tell(session, "second-factor-replaced", **to_owner(row, actor))
    elif is_first:
        inbox.tell(session, "second-factor-enrolled", **to_owner(row, actor))
    else:
        inbox.tell(session, "second-factor-added", **to_owner(row, actor))


def _forget_asked(session: Session, row: Account) -> None:
    row.totp_next = row.totp_asked_at = None
    inbox.settle(session, _WAITING, row.id)


def _who_may_confirm(session: Session, row: Account) -> list[UUID]:
    found = session.scalars(
        select(Account).where(Account.active, Account.role.in_(access.ACTS[CONFIRM]))
    )
    return [account.id for account in found if may_confirm(account.as_actor(), row)]


def _record(session: Session, tag: str, row: Account, actor: Actor, **data: Any) -> None:
    record_event(session, tag, of=row, actor=actor, data={"name": row.name, **data})


def _locked(session: Session, name: str) -> Account:
    return lock_account(session, Account.name == name, name)


def lock_account(session: Session, which: ColumnElement[bool], name: str) -> Account:
    """The account whose factors change, locked until the commit; ``name``: as the refusal tells it.

    Raises:
        AccountNotFoundError
    """
    row = session.scalar(select(Account).where(which).with_for_update())
    if row is None:
        raise AccountNotFoundError(name=name)
    session.refresh(row, ["has_passkey"])  # of other tables a lock tells what was before it waited
    return row


def _factor(name: str, secret: str, services: Services) -> dict[str, str]:
    issuer = services.settings.archive.name
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)
    return {"name": name, "secret": secret, "uri": uri}
