"""Server-side sessions of browsers, and bearer tokens; only digests are kept."""

import datetime as dt
import hashlib
import secrets

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import is_idle, is_seen_due
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.people.account import AccessToken, Account, Actor, WebSession
from archive_service.errors import InputError

_SEEN_EVERY = dt.timedelta(minutes=5)  # how stale seen_at may be: one write in five minutes


class UnknownScopeError(InputError):
    """A token may only be given acts that exist."""

    code = "unknown-scope"


def open_session(account: Account, *, uow: UnitOfWork, user_agent: str) -> str:
    """A new session; returns the token for the cookie, which is nowhere else."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    uow.session.add(
        WebSession(
            token_sha256=_digest(token),
            account_id=account.id,
            created_at=now,
            seen_at=now,
            user_agent=user_agent[:300],
        )
    )
    return token


def account_of_session(
    session: Session, token: str, *, idle_s: int, max_s: int
) -> tuple[Account, bool] | None:
    """The active account of a living session, and whether ``touch_session`` is due."""
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
    return account, now - opened.seen_at > _SEEN_EVERY


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
    record_event(uow.session, "account:signed-out", subject_id=actor.account_id, actor=actor)


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


def add_token(account: Account, *, scopes: list[str], actor: Actor, uow: UnitOfWork) -> str:
    """A bearer token of a station or system; shown once.

    Raises:
        UnknownScopeError: a scope that is no act.
    """
    access.require(actor, "account:add")
    for scope in scopes:
        if scope not in access.ACTS:
            raise UnknownScopeError(scope=scope, known=sorted(access.ACTS))
    token = secrets.token_urlsafe(32)
    row = AccessToken(
        account_id=account.id, token_sha256=_digest(token), scopes=scopes, created_at=clock.now()
    )
    uow.session.add(row)
    record_event(
        uow.session, "token:added", subject_id=account.id, actor=actor, data={"scopes": scopes}
    )
    return token


def revoke_tokens(account: Account, *, actor: Actor, uow: UnitOfWork) -> None:
    """End those that are out; nothing is recorded where there is none."""
    access.require(actor, "account:add")
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


def actor_of_token(session: Session, token: str, *, idle_days: int) -> tuple[Actor, bool] | None:
    """Who bears the token, bound to its scopes, and whether ``note_seen`` is due.

    ``None`` for a token that is unknown or revoked, or whose account is disabled or unused for
    ``idle_days``.
    """
    row = session.execute(
        select(AccessToken, Account)
        .join(Account, Account.id == AccessToken.account_id)
        .where(AccessToken.token_sha256 == _digest(token), AccessToken.revoked_at.is_(None))
    ).first()
    if row is None:
        return None
    access_token, account = row
    if not account.active or is_idle(account, idle_days):
        return None
    return account.as_actor(scopes=frozenset(access_token.scopes)), is_seen_due(account)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
