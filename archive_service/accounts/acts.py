"""Adding and finding accounts, and signing in with them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.granted import granted_to
from archive_service.accounts.passwords import hash_password, verify_password
from archive_service.accounts.person_name import person_name
from archive_service.accounts.strength import DEFAULT, PasswordRules, require_strong
from archive_service.audit import record_event
from archive_service.db.unit_of_work import Database, UnitOfWork
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER, Account, Actor, Role, masked
from archive_service.domain.people.rights_gain import NOBODY, GainKind, GainState, RightsGain
from archive_service.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from archive_service.text import nfc

# Who belongs to one agency. The others may act for all: a reader too, unless an agency is named.
OF_AN_AGENCY = {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AGENCY_ADMIN}
_NO_ACCOUNT = {Role.OPERATOR, Role.WORKER}
_SEEN_EVERY = dt.timedelta(days=1)  # how stale seen_at may be outside of signing in
_ONE_REFUSAL = dt.timedelta(minutes=1)  # further ones of a name within it leave no event
_LONGEST_NAME = 100
_RESET_RESTS = dt.timedelta(hours=24)  # in which who set a password anew does not use it alone
REFUSED = "account:sign-in-refused"


class AccountNotFoundError(NotFoundError):
    """No account bears this name."""


class AccountExistsError(ConflictError):
    """The name is taken: nothing about the account that bears it was changed."""


class AccountNameTakenError(ConflictError):
    """The same, told to who sets up an agency: it may be another's, of which they know nothing."""


class AccountNameError(InputError):
    """An account needs a name."""


class AccountPersonError(InputError):
    """An account named by a citizen's number needs its person's name: lists mask the number."""


class AccountRoleError(InputError):
    """No account may bear this role, or the role needs an agency."""


class RoleNotGivenError(NotAllowedError):
    """The role reaches beyond the agency: its administrator neither gives nor changes it."""


class SignInError(NotAllowedError):
    """Name and password do not belong together, or the account is disabled."""

    code = "sign-in-refused"


class PasswordWaitsError(NotAllowedError):
    """Somebody else set the password, and no second person confirmed it."""


def add_account(
    name: str,
    *,
    role: Role,
    actor: Actor,
    uow: UnitOfWork,
    agency_id: UUID | None = None,
    display_name: str = "",
    password: str | None = None,
    rules: PasswordRules = DEFAULT,
) -> Account:
    """A new account.

    An account without an agency acts for all of them, as far as its role goes: so does a reader's.
    What an agency's administrator adds is of that agency.

    Raises:
        ActNotAllowedError: ``actor`` may not add accounts, or not for this agency.
        RoleNotGivenError
        AccountRoleError: the role is none of an account, or an officer without an agency.
        AccountNameError: the name is empty.
        AccountPersonError: it is a citizen's number, and ``display_name`` is empty.
        AccountExistsError: the name is taken, or one that a person reads as the same.
        AccountNameTakenError: so it is, and of another agency; the try is noted and committed.
        PersonNameError, WeakPasswordError, CommonPasswordError: as their rules tell.
    """
    agency_id = agency_id or actor.agency_id
    access.require(actor, "account:add", access.AtAgency(agency_id))
    require_given(actor, role)
    if role in _NO_ACCOUNT or (role in OF_AN_AGENCY and agency_id is None):
        raise AccountRoleError(name=name, role=role)
    display_name = person_name(display_name) if display_name.strip() else ""
    name = _as_named(name, display_name)
    if (found := _alike(uow.session, name)) is not None:
        if not access.may(actor, "account:list", found):
            _note_taken(name, actor=actor, uow=uow)
            raise AccountNameTakenError(name=name)
        raise AccountExistsError(name=found.name, role=found.role)
    if password is not None:
        require_strong(password, rules, name=name)
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
    return account


def _as_named(name: str, display_name: str) -> str:
    name = " ".join(nfc(name).split())
    if not name:
        raise AccountNameError
    if masked(name) != name and not display_name:
        raise AccountPersonError
    return name


def _note_taken(name: str, *, actor: Actor, uow: UnitOfWork) -> None:
    """Who tries names to learn of other agencies' people is seen."""
    name_tried = name[:_LONGEST_NAME]
    data = {"name": name_tried}
    record_event(uow.session, "account:name-refused", subject_id=name_tried, actor=actor, data=data)
    uow.commit()


def kept_account(
    session: Session, name: str, *, role: Role, agency_id: UUID | None = None
) -> Account | None:
    """The account that a station or another archive has already, if the name is not another's.

    Raises:
        AccountExistsError: the name is taken by another role or agency.
    """
    found = find_account(session, name)
    if found is not None and (found.role, found.agency_id) != (role, agency_id):
        raise AccountExistsError(name=name, role=found.role)
    return found


def get_account(session: Session, name: str) -> Account:
    """The account of this name; ``AccountNotFoundError`` where there is none."""
    found = find_account(session, name)
    if found is None:
        raise AccountNotFoundError(name=name)
    return found


def reached_account(
    session: Session, name: str, *, actor: Actor, act: str = "account:add"
) -> Account:
    """The account of this name, for who sets up; one of another agency is not told to exist.

    To change it (``account:add``) its row is locked: it moves to no other agency meanwhile.

    Raises:
        ActNotAllowedError, AccountNotFoundError
        RoleNotGivenError: to change it.
    """
    access.require(actor, act)
    account = get_account(session, name)
    if act == "account:add":
        session.refresh(account, with_for_update=True)
    if not access.may(actor, act, account):
        raise AccountNotFoundError(name=name)
    if act == "account:add":
        require_given(actor, account.role)
    return account


def require_given(actor: Actor, role: Role) -> None:
    """``RoleNotGivenError`` for an agency's administrator, where the role reaches beyond it."""
    if role not in roles_given(actor):
        raise RoleNotGivenError(role=role)


def roles_given(actor: Actor) -> frozenset[Role]:
    """The roles that who sets up gives."""
    return frozenset(Role) if actor.agency_id is None else access.GIVEN_IN_AGENCY


def state_change(account: Account, *, was: bool) -> dict[str, Any]:
    """What an event tells of an account that was disabled or enabled: whose, before and after."""
    states = {"before": {"active": was}, "after": {"active": account.active}}
    return {"name": account.name, "role": account.role.value} | states


def list_accounts(session: Session, *, actor: Actor) -> list[Account]:
    """All accounts by name, or those of one's agency."""
    access.require(actor, "account:list")
    within = access.visible(actor, "account:list", Account.agency_id)
    return list(session.scalars(select(Account).where(within).order_by(Account.name)))


def _alike(session: Session, name: str) -> Account | None:
    """The account whose name differs in no more than capitals."""
    for row in session.scalars(select(Account)):
        if row.name.casefold() == name.casefold():
            return row
    return None


def find_account(session: Session, name: str) -> Account | None:
    """The account of this name, active or not."""
    if "\0" in name:  # no database takes it, and no name holds it
        return None
    return session.scalar(select(Account).where(Account.name == name))


def display_names(session: Session, names: Iterable[str]) -> dict[str, str]:
    """Account → name of its person, for those that have an account; one statement."""
    rows = session.execute(
        select(Account.name, Account.display_name).where(Account.name.in_(set(names)))
    )
    return {name: shown or name for name, shown in rows}


def name_of(session: Session, account: str) -> str:
    """The person of one account, or the account where it names nobody."""
    return display_names(session, [account]).get(account, account)


def heads_of(session: Session, agency_id: UUID) -> list[str]:
    """Active accounts of heads of the agency, by name."""
    heads = select(Account.name).where(
        Account.agency_id == agency_id, Account.role == Role.AGENCY_HEAD, Account.active
    )
    return list(session.scalars(heads.order_by(Account.name)))


def posts_of(session: Session, names: Iterable[str]) -> dict[str, str]:
    """Account → post of its person, for those whose post is known; one statement."""
    rows = session.execute(
        select(Account.name, Account.position).where(
            Account.name.in_(set(names)), Account.position != ""
        )
    )
    return {name: position for name, position in rows}


def acting_as(session: Session, name: str, *, os_user: str, idle_days: int) -> Actor:
    """The actor of an active account.

    Raises:
        AccountNotFoundError: no such account, or it is disabled or unused for ``idle_days``.
    """
    account = find_account(session, name)
    if account is None or not account.active or is_idle(account, idle_days):
        raise AccountNotFoundError(name=name)
    return account.as_actor(os_user=os_user, granted=granted_to(session, account))


def is_idle(account: Account, idle_days: int) -> bool:
    """Whether nobody has used it for ``idle_days`` (QCVN 12:2026/BCA 3.7.2.7.6)."""
    since = max(account.seen_at or account.created_at, account.enabled_at or account.created_at)
    return clock.now() - since > dt.timedelta(days=idle_days)


def is_seen_due(account: Account) -> bool:
    """Whether ``note_seen`` would write."""
    return account.seen_at is None or clock.now() - account.seen_at > _SEEN_EVERY


def note_seen(account_id: UUID, *, database: Database) -> None:
    """Note that the account is in use by token or command: one write a day."""
    with database.read_only() as session:
        if not is_seen_due(session.get_one(Account, account_id)):
            return
    with database.writing() as session:
        session.execute(update(Account).where(Account.id == account_id).values(seen_at=clock.now()))


def sign_in(
    name: str, password: str, *, uow: UnitOfWork, idle_days: int, once_hours: int
) -> Account:
    """The account whose password this is; the caller commits.

    A refusal is recorded and committed here, one event a name and minute, whatever the name.
    An account unused for ``idle_days`` is disabled. A password that somebody else set is good for
    this one sign-in, within ``once_hours``.

    Raises:
        SignInError: told alike for a wrong name, a wrong password and a disabled account.
        PasswordWaitsError: the password is right; who set it is not to use it alone.
    """
    account = find_account(uow.session, name)
    known = verify_password(password, account.password_hash if account else None)
    spent = account is not None and _is_spent(account, once_hours)
    if account is None or not known or not account.active or spent:
        record_refusal(told_name(uow.session, name), uow=uow)
        raise SignInError(name=name)
    if _waits(uow.session, account):
        raise PasswordWaitsError(name=name)
    let_in(account, uow=uow, idle_days=idle_days)
    if account.password_once:
        account.password_spent_at = account.seen_at
    return account


def let_in(
    account: Account, *, uow: UnitOfWork, idle_days: int, how: Mapping[str, str] | None = None
) -> None:
    """Note that who has proved to be its person signs in; ``how``: otherwise than by password.

    Raises:
        SignInError: unused for ``idle_days``; it is disabled, which is committed here.
    """
    if is_idle(account, idle_days):
        account.active = False
        record_event(
            uow.session,
            "account:disabled",
            subject_id=account.id,
            actor=account.as_actor(),
            data=state_change(account, was=True) | {"reason": "idle", "days": idle_days},
        )
        uow.commit()
        raise SignInError(name=account.name)
    account.seen_at = clock.now()
    facts = dict(how or {})
    record_event(uow.session, "account:signed-in", of=account, actor=account.as_actor(), data=facts)


def _waits(session: Session, account: Account) -> bool:
    """Whether a password that somebody else set waits for a second person.

    A day stands for one where nobody was there who could be asked.
    """
    if not account.password_once or account.password_reset_at is None:
        return False
    unconfirmed = select(RightsGain).where(
        RightsGain.account_id == account.id,
        RightsGain.kind == GainKind.RESET,
        RightsGain.state != GainState.CONFIRMED,
        RightsGain.state != GainState.AT_ONCE,
        RightsGain.asked_at >= account.password_reset_at,
    )
    noted = session.scalars(unconfirmed.limit(1)).first()
    if noted is None:
        return False
    is_fresh = clock.now() - account.password_reset_at < _RESET_RESTS
    return is_fresh or not noted.facts.get(NOBODY)


def _is_spent(account: Account, once_hours: int) -> bool:
    """Whether a password that somebody else set was used already, or not in time."""
    if not account.password_once:
        return False
    if account.password_spent_at is not None or account.password_reset_at is None:
        return account.password_spent_at is not None
    return clock.now() - account.password_reset_at > dt.timedelta(hours=once_hours)


def told_name(session: Session, typed: str) -> str:
    """Who was tried, as trail, logs and incidents tell it.

    Of a name that nobody bears its beginning alone: some type their password in its place.
    """
    name = "".join(letter for letter in typed if letter.isprintable())[:_LONGEST_NAME]
    account = find_account(session, name)
    return account.name if account is not None else f"{name[:2]}…"


def record_refusal(text: str, *, uow: UnitOfWork) -> None:
    """Committed here: who was tried, never the password; the system acts: nobody was recognised."""
    text = "".join(letter for letter in text if letter.isprintable())[:_LONGEST_NAME]
    lately = select(AuditEvent.number).where(
        AuditEvent.tag == REFUSED,
        AuditEvent.subject_id == text,
        AuditEvent.at > clock.now() - _ONE_REFUSAL,
    )
    if uow.session.scalar(lately.limit(1)) is None:
        record_event(uow.session, REFUSED, subject_id=text, actor=WORKER, data={"name": text})
        uow.commit()
