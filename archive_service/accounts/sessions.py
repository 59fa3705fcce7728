"""Server-side sessions of browsers, and bearer tokens; only digests are kept."""

import datetime as dt
import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import is_idle, note_seen
from archive_service.accounts.granted import granted_to
from archive_service.accounts.second_factor import (
    SecondFactorWrongError,
    note_refused,
    require_second_factor,
)
from archive_service.audit import record_event
from archive_service.db.unit_of_work import Database, UnitOfWork
from archive_service.domain.people.account import AccessToken, Account, Actor, WebSession
from archive_service.errors import InputError
from archive_service.settings import Settings

_SEEN_EVERY = dt.timedelta(minutes=5)  # how stale seen_at may be: one write in five minutes
OPENED, OUT, ENDED = "account:session-opened", "account:signed-out", "account:session-ended"
LONGEST_DAYS = 365  # that a token is taken
OVERLAP = dt.timedelta(hours=24)  # in which a token and the one after it are both taken
_LONGEST_NAME = 100


class UnknownScopeError(InputError):
    """A token may only be given acts that exist."""


class TokenTermError(InputError):
    """A token is taken for a day at least, and for a year at most."""


class TokenNetworkError(InputError):
    """No network is written like this."""


class LivingSession(NamedTuple):
    """A session that goes on; ``is_due``: that it is in use is to be noted by ``touch_session``."""

    account: Account
    is_due: bool
    proved_at: dt.datetime | None  # the second factor, the last time
    delegation_id: UUID | None  # by which its person acts in another's stead
    by_provider: bool  # the identity provider knew its person
    granted: frozenset[tuple[str, str]]


def open_session(
    account: Account,
    *,
    uow: UnitOfWork,
    user_agent: str,
    address: str = "",
    by_code: bool = False,
    by_provider: bool = False,
) -> str:
    """A new session; returns the token for the cookie, which is nowhere else.

    ``by_code``: the second factor was shown just now. ``by_provider``: the identity provider knew
    its person.
    """
    token = secrets.token_urlsafe(32)
    now = clock.now()
    uow.session.add(
        WebSession(
            token_sha256=_digest(token),
            account_id=account.id,
            created_at=now,
            seen_at=now,
            proved_at=now if by_code else None,
            by_provider=by_provider,
            user_agent=user_agent[:300],
            address=address[:64],
        )
    )
    return token


def tell_opened(account: Account, token: str, *, uow: UnitOfWork) -> None:
    """The event of a session that its person opened: one without it is told as slipped in."""
    data = {"session": id_of_cookie(token)}
    record_event(uow.session, OPENED, of=account, actor=account.as_actor(), data=data)


def account_of_session(
    session: Session, token: str, *, idle_s: int, max_s: int
) -> LivingSession | None:
    """The session of this token, if it goes on and its account is active."""
    row = session.execute(
        select(WebSession, Account)
        .join(Account, Account.id == WebSession.account_id)
        .where(WebSession.token_sha256 == _digest(token))
    ).first()
    if row is None:
        return None
    opened, account = row
    now = clock.now()
    idle = now - opened.seen_at > dt.timedelta(seconds=idle_s)
    old = now - opened.created_at > dt.timedelta(seconds=max_s)
    if opened.revoked_at is not None or idle or old or not account.active:
        return None
    is_due = now - opened.seen_at > _SEEN_EVERY
    how = opened.proved_at, opened.delegation_id, opened.by_provider
    return LivingSession(account, is_due, *how, granted_to(session, account))


def act_by(token: str, delegation_id: UUID | None, *, uow: UnitOfWork) -> None:
    """From now on the session of this token acts by a delegation; ``None``: for its own person."""
    own = WebSession.token_sha256 == _digest(token)
    uow.session.execute(update(WebSession).where(own).values(delegation_id=delegation_id))


def prove_anew(database: Database, settings: Settings, token: str, otp: str, actor: Actor) -> None:
    """The second factor is shown again, for some minutes of the session or bearer token ``token``.

    Raises:
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError,
        SecondFactorRestingError: see ``require_second_factor``; a wrong code leaves an event.
    """
    try:
        with database.unit_of_work() as uow:
            require_second_factor(uow.session, actor.account_id, otp, home=settings.home)
            note_proved(token, uow=uow)
            uow.commit()
    except SecondFactorWrongError:
        note_refused(database, actor)
        raise


def note_proved(token: str, *, uow: UnitOfWork) -> None:
    """The second factor was shown just now, in the session or with the bearer token ``token``."""
    for table in (WebSession, AccessToken):
        proved = update(table).where(table.token_sha256 == _digest(token))
        uow.session.execute(proved.values(proved_at=clock.now()))


def session_id(token_sha256: str) -> str:
    """The name of a session, by which it may be told and ended, and not entered."""
    return token_sha256[:16]


def id_of_cookie(token: str) -> str:
    """``session_id`` of the session whose cookie this is."""
    return session_id(_digest(token))


def touch_session(token: str, *, uow: UnitOfWork) -> None:
    """Note that the session is in use."""
    uow.session.execute(
        update(WebSession)
        .where(WebSession.token_sha256 == _digest(token))
        .values(seen_at=clock.now())
    )


def close_session(token: str, *, uow: UnitOfWork, actor: Actor) -> None:
    """End a session; it stays as a row, so that the trail can be followed."""
    uow.session.execute(
        update(WebSession)
        .where(WebSession.token_sha256 == _digest(token))
        .values(revoked_at=clock.now())
    )
    data = {"session": id_of_cookie(token)}
    record_event(uow.session, OUT, subject_id=actor.account_id, actor=actor, data=data)


def end_sessions(account: Account, *, uow: UnitOfWork, but: str = "") -> None:
    """Every open session of the account ends; the one of the token ``but`` goes on."""
    uow.session.execute(
        update(WebSession)
        .where(
            WebSession.account_id == account.id,
            WebSession.revoked_at.is_(None),
            WebSession.token_sha256 != _digest(but),
        )
        .values(revoked_at=clock.now())
    )


def add_token(
    account: Account,
    *,
    scopes: list[str],
    actor: Actor,
    uow: UnitOfWork,
    name: str = "",
    networks: Sequence[str] = (),
    days: int = LONGEST_DAYS,
) -> str:
    """A bearer token of a station or system; shown once.

    Args:
        name: by which people tell it from the others of the account.
        networks: that it is taken from, as ``10.1.0.0/16`` or one address; none: everywhere.
        days: how long it is taken.

    Raises:
        UnknownScopeError: a scope that is no act.
        TokenNetworkError, TokenTermError
    """
    access.require(actor, "account:add")
    for scope in scopes:
        if scope not in access.ACTS:
            raise UnknownScopeError(scope=scope, known=sorted(access.ACTS))
    if not 1 <= days <= LONGEST_DAYS:
        raise TokenTermError(days=days, most=LONGEST_DAYS)
    now = clock.now()
    row = AccessToken(
        account_id=account.id,
        token_sha256="",
        name=" ".join(name.split())[:_LONGEST_NAME],
        scopes=scopes,
        networks=[_network(network) for network in networks],
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    token = put_token(row, uow=uow)
    data = {"token": str(row.id), "name": row.name, "scopes": scopes, "networks": row.networks}
    until = {"expires_at": clock.iso(row.expires_at)}
    record_event(uow.session, "token:added", subject_id=account.id, actor=actor, data=data | until)
    return token


def put_token(row: AccessToken, *, uow: UnitOfWork) -> str:
    """A token for this row, which is nowhere else."""
    token = secrets.token_urlsafe(32)
    row.token_sha256 = _digest(token)
    uow.session.add(row)
    uow.session.flush()
    return token


def end_former(row: AccessToken, now: dt.datetime) -> dt.datetime:
    """When a token ends in whose place another is taken from now on; the caller locked it."""
    row.expires_at = min(row.expires_at, now + OVERLAP)
    return row.expires_at


def row_of_token(session: Session, token: str) -> AccessToken:
    """The row of a token that was just made."""
    found = select(AccessToken).where(AccessToken.token_sha256 == _digest(token))
    return session.scalars(found).one()


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise TokenNetworkError(network=text) from None


def revoke_tokens(account: Account, *, actor: Actor, uow: UnitOfWork) -> None:
    """End those that are out; nothing is recorded where there is none."""
    access.require(actor, "account:add")
    end_tokens(account, actor=actor, uow=uow)


def end_tokens(account: Account, *, actor: Actor, uow: UnitOfWork) -> None:
    """The same, of whoever changes what they were given for."""
    ended = uow.session.scalars(
        update(AccessToken)
        .where(AccessToken.account_id == account.id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(AccessToken.id)
    ).all()
    if ended:
        record_event(
            uow.session,
            "token:revoked",
            subject_id=account.id,
            actor=actor,
            data={"count": len(ended)},
        )


class LivingToken(NamedTuple):
    """Who bears a token, bound to its scopes; ``is_due``: that it was used is to be noted."""

    actor: Actor
    id: UUID
    is_due: bool
    account: Account
    proved_at: dt.datetime | None  # the second factor, the last time


def actor_of_token(
    session: Session, token: str, *, idle_days: int, address: str = ""
) -> LivingToken | None:
    """Who bears the token.

    ``None`` for a token that is unknown, ended or past its term, that waits for a second person,
    or is asked with from another network than its own; or whose account is disabled or unused
    for ``idle_days``.
    """
    row = session.execute(
        select(AccessToken, Account)
        .join(Account, Account.id == AccessToken.account_id)
        .where(AccessToken.token_sha256 == _digest(token), AccessToken.revoked_at.is_(None))
    ).first()
    if row is None:
        return None
    given, account = row
    now = clock.now()
    if given.waits or given.expires_at <= now or not is_from(address, given.networks):
        return None
    if not account.active or is_idle(account, idle_days):
        return None
    is_due = given.used_at is None or now - given.used_at > _SEEN_EVERY
    granted = granted_to(session, account)
    actor = account.as_actor(scopes=frozenset(given.scopes), granted=granted)
    return LivingToken(actor, given.id, is_due, account, given.proved_at)


def note_used(token_id: UUID, *, address: str, database: Database) -> None:
    """Note when and from where the token was used last, and that its account is in use."""
    with database.writing() as session:
        noted = (
            update(AccessToken)
            .where(AccessToken.id == token_id)
            .values(used_at=clock.now(), used_from=address[:64])
            .returning(AccessToken.account_id)
        )
        account_id = session.scalars(noted).one()
    note_seen(account_id, database=database)


def is_from(address: str, networks: Sequence[str]) -> bool:
    """Whether the address is of one of these networks; without any, each is."""
    if not networks:
        return True
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)  # IPv4 as a socket of IPv6 tells it
    return any((mapped or found) in ipaddress.ip_network(network) for network in networks)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
