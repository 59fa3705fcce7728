"""Passwords changed by their owner, and set anew by who sets up."""

from typing import Any

from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import (
    AccountNotFoundError,
    is_idle,
    reached_account,
    record_refusal,
)
from archive_service.accounts.gains import rules
from archive_service.accounts.granted import is_given_more
from archive_service.accounts.passwords import hash_password, make_password, verify_password
from archive_service.accounts.sessions import end_sessions
from archive_service.accounts.strength import (
    DEFAULT,
    PasswordRules,
    UsedPasswordError,
    require_strong,
)
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.people.account import Account, Actor, OldPassword, Role
from archive_service.domain.people.rights_gain import NOBODY, GainKind
from archive_service.errors import InputError, NotAllowedError
from archive_service.notices import inbox

OWN_PAGE = "/account"


class PasswordWrongError(NotAllowedError):
    """What was given as the password of now is not."""


class SamePasswordError(InputError):
    """The new password is the one of now."""


class NoPasswordError(NotAllowedError):
    """Nobody signs in with such an account: it is a program's, or the system's."""

    code = "account-without-password"


def change_password(
    old: str,
    new: str,
    *,
    actor: Actor,
    uow: UnitOfWork,
    session_token: str = "",
    rules: PasswordRules = DEFAULT,
) -> Account:
    """The owner chooses another; every other session of the account ends. The caller commits.

    After a sign-in with a password that somebody else set, the one of now is not asked for again:
    the session that it opened is good for this alone.

    Raises:
        AccountNotFoundError: nobody's own account.
        PasswordWrongError: noted like a refused sign-in.
        SamePasswordError, WeakPasswordError, CommonPasswordError
        UsedPasswordError: one of the last ``rules.history``.
    """
    row = uow.session.get(Account, actor.account_id) if actor.account_id else None
    if row is None:
        raise AccountNotFoundError(name=actor.account)
    spent = row.password_once and row.password_spent_at is not None
    if not (spent and session_token):
        require_password(row, old, uow=uow)
    if verify_password(new, row.password_hash):
        raise SamePasswordError(name=row.name)
    require_strong(new, rules, name=row.name)
    _require_unused(uow, row, new, rules.history)
    _put_by(uow, row)
    row.password_hash, row.password_set_at = hash_password(new), clock.now()
    row.password_once, row.password_spent_at = False, None
    end_sessions(row, uow=uow, but=session_token)
    _record(uow, "account:password-changed", row, actor)
    inbox.tell(uow.session, "password-changed", **to_owner(row, actor))
    return row


def require_password(row: Account, password: str, *, uow: UnitOfWork) -> None:
    """``PasswordWrongError``, noted like a refused sign-in, unless it is the one of now."""
    spent = row.password_once and row.password_spent_at is not None
    if spent or not verify_password(password, row.password_hash):
        record_refusal(row.name, uow=uow)
        raise PasswordWrongError(name=row.name)


def reset_password(
    name: str, *, actor: Actor, uow: UnitOfWork, idle_days: int
) -> tuple[Account, str]:
    """A password good for one sign-in, in which the owner chooses their own; told this once.

    Every session of the account ends, and the owner is told. Where its role reads or decides,
    or something was granted to it, it is taken once a second person has confirmed it, or after a
    day where nobody could: who was not there for ``idle_days`` does not sign in either.

    Raises:
        ActNotAllowedError: ``actor`` does not set up.
        AccountNotFoundError
        NoPasswordError: nobody signs in with it.
    """
    row = reached_account(uow.session, name, actor=actor)
    if row.role is Role.PARTNER:
        raise NoPasswordError(name=name, role=row.role)
    password = make_password()
    _put_by(uow, row)
    row.password_hash = hash_password(password)
    row.password_once, row.password_spent_at = True, None
    row.password_reset_at = clock.now()
    end_sessions(row, uow=uow)
    opens = rules.needs_two(row, GainKind.RESET) or is_given_more(uow.session, row)
    if opens and actor.account_id != row.id:
        noted = rules.gain(uow.session, row, GainKind.RESET, actor=actor)
        noted.asked_at = row.password_reset_at
        heads = rules.confirmers(uow.session, noted, row)
        if all(is_idle(head, idle_days) for head in heads):
            noted.facts = {NOBODY: True}
    _record(uow, "account:password-reset", row, actor)
    inbox.tell(uow.session, "password-reset", **to_owner(row, actor))
    return row, password


def _put_by(uow: UnitOfWork, row: Account) -> None:
    """Keep what was the owner's own; one that somebody else made is nobody's to use again."""
    if row.password_hash is not None and not row.password_once:
        uow.session.add(
            OldPassword(account_id=row.id, password_hash=row.password_hash, ended_at=clock.now())
        )


def _require_unused(uow: UnitOfWork, row: Account, password: str, most: int) -> None:
    """See that it is none of the last ``most``; older ones are forgotten."""
    kept = select(OldPassword).where(OldPassword.account_id == row.id)
    found = uow.session.scalars(kept.order_by(OldPassword.ended_at.desc())).all()
    for old_password in found[most:]:
        uow.session.delete(old_password)
    if any(verify_password(password, old_password.password_hash) for old_password in found[:most]):
        raise UsedPasswordError(count=most)


def to_owner(row: Account, by: Actor) -> dict[str, Any]:
    """Who is told of what was done to an account, and what of it: its owner, at once."""
    facts = {"by": by.account, "at": clock.iso(clock.now())}
    return {"to": [row.id], "subject_id": row.id, "facts": facts, "href": OWN_PAGE, "urgent": True}


def _record(uow: UnitOfWork, tag: str, row: Account, actor: Actor) -> None:
    record_event(uow.session, tag, of=row, actor=actor, data={"name": row.name})
