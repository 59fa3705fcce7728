"""Adding, finding and disabling accounts."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.passwords import hash_password, verify_password
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.account import Account, Actor, Role
from archive_service.errors import ConflictError, InputError, NotAllowedError, NotFoundError

# Who belongs to one agency; the others may act for all.
_OF_AN_AGENCY = {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD}
_NO_ACCOUNT = {Role.OPERATOR, Role.WORKER}


class AccountNotFoundError(NotFoundError):
    """No account bears this name."""

    code = "account-not-found"


class AccountExistsError(ConflictError):
    """The name is taken by an account of another role or agency."""

    code = "account-exists"


class AccountRoleError(InputError):
    """No account may bear this role, or the role needs an agency."""

    code = "account-role"


class SignInError(NotAllowedError):
    """Name and password do not belong together, or the account is disabled."""

    code = "sign-in-refused"


def add_account(
    name: str,
    *,
    role: Role,
    actor: Actor,
    uow: UnitOfWork,
    agency_id: UUID | None = None,
    display_name: str = "",
    password: str | None = None,
) -> tuple[Account, bool]:
    """The account of this name, and whether it is new; an equal one that is there stays as it is.

    Raises:
        ActNotAllowedError: ``actor`` may not add accounts.
        AccountRoleError: the role is none of an account, or an officer without an agency.
        AccountExistsError: the name is taken by another role or agency.
        WeakPasswordError: the password is too short.
    """
    access.require(actor, "account:add")
    if role in _NO_ACCOUNT or (role in _OF_AN_AGENCY and agency_id is None):
        raise AccountRoleError(name=name, role=role)
    found = uow.session.scalar(select(Account).where(Account.name == name))
    if found is not None:
        if (found.role, found.agency_id) != (role, agency_id):
            raise AccountExistsError(name=name, role=found.role)
        return found, False
    account = Account(
        name=name,
        display_name=display_name or name,
        role=role,
        agency_id=agency_id,
        password_hash=None if password is None else hash_password(password),
        active=True,
        created_at=clock.now(),
    )
    uow.session.add(account)
    uow.session.flush()
    record_event(
        uow.session,
        "account:added",
        subject_id=account.id,
        actor=actor,
        agency_id=agency_id,
        data={"name": name, "role": role.value},
    )
    return account, True


def disable_account(name: str, *, actor: Actor, uow: UnitOfWork) -> Account:
    """Nobody signs in with it any more; its sessions and tokens end at once."""
    access.require(actor, "account:add")
    account = find_account(uow.session, name)
    if account is None:
        raise AccountNotFoundError(name=name)
    if account.active:
        account.active = False
        record_event(uow.session, "account:disabled", subject_id=account.id, actor=actor)
    return account


def list_accounts(session: Session, *, actor: Actor) -> list[Account]:
    """All accounts by name."""
    access.require(actor, "account:list")
    return list(session.scalars(select(Account).order_by(Account.name)))


def find_account(session: Session, name: str) -> Account | None:
    """The account of this name, active or not."""
    return session.scalar(select(Account).where(Account.name == name))


def display_names(session: Session, names: Iterable[str]) -> dict[str, str]:
    """Account → name of its person, for those that have an account; one statement."""
    rows = session.execute(
        select(Account.name, Account.display_name).where(Account.name.in_(set(names)))
    )
    return {name: shown or name for name, shown in rows}


def acting_as(session: Session, name: str, *, os_user: str) -> Actor:
    """The actor of an active account.

    Raises:
        AccountNotFoundError: no such account, or it is disabled.
    """
    account = find_account(session, name)
    if account is None or not account.active:
        raise AccountNotFoundError(name=name)
    return account.as_actor(os_user=os_user)


def sign_in(name: str, password: str, *, uow: UnitOfWork, idle_days: int) -> Account:
    """The account whose password this is; the caller commits, a refusal is recorded too.

    An account unused for ``idle_days`` is disabled (QCVN 12:2026/BCA 3.7.2.7.6).

    Raises:
        SignInError: told alike for a wrong name, a wrong password and a disabled account.
    """
    account = find_account(uow.session, name)
    known = verify_password(password, account.password_hash if account else None)
    if account is None or not known or not account.active:
        raise SignInError(name=name)
    now = clock.now()
    last = account.seen_at or account.created_at
    if now - last > dt.timedelta(days=idle_days):
        account.active = False
        record_event(
            uow.session,
            "account:disabled",
            subject_id=account.id,
            actor=account.as_actor(),
            data={"reason": "idle", "days": idle_days},
        )
        uow.commit()
        raise SignInError(name=name)
    account.seen_at = now
    record_event(
        uow.session,
        "account:signed-in",
        subject_id=account.id,
        actor=account.as_actor(),
        agency_id=account.agency_id,
    )
    return account
