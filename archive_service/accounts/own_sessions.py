"""One's own sessions: where they were opened, which go on, and ended one by one."""

import datetime as dt

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.sessions import ENDED, session_id
from archive_service.audit import record_event
from archive_service.document import Document, Moment
from archive_service.domain.people.account import Account, Actor, WebSession
from archive_service.errors import NotFoundError
from archive_service.services import Services

LAST = 5  # sign-ins that are told
_OWN = "account:list"  # what a program needs to see sessions of the account that it acts for


class SessionNotFoundError(NotFoundError):
    """None of one's own has this name."""


class SessionDocument(Document):
    """One session of a browser; ``seen_at`` is up to five minutes old.

    ``by_provider``: its person was known by the identity provider.
    """

    id: str
    open: bool
    created_at: Moment
    seen_at: Moment
    address: str
    browser: str
    by_provider: bool


class SessionList(Document):
    """Sessions that go on, and the last sign-ins, the newest first."""

    sessions: list[SessionDocument]
    sign_ins: list[SessionDocument]


def list_sessions(services: Services, *, actor: Actor) -> SessionList:
    """One's own sessions that go on, and one's last five sign-ins.

    Raises:
        ScopeMissingError: a program's token does not reach them.
    """
    _require_person(actor)
    own = select(WebSession).where(WebSession.account_id == actor.account_id)
    newest = own.order_by(WebSession.created_at.desc())
    with services.read_only() as session:
        going_on = session.scalars(newest.where(*_open(services))).all()
        last = session.scalars(newest.limit(LAST)).all()
        alive = {row.token_sha256 for row in going_on}
        return SessionList(
            sessions=[_document(row, is_open=True) for row in going_on],
            sign_ins=[_document(row, is_open=row.token_sha256 in alive) for row in last],
        )


def sign_in_before(session: Session, row: Account) -> WebSession | None:
    """The last sign-in before the one of now."""
    own = select(WebSession).where(WebSession.account_id == row.id)
    return session.scalars(own.order_by(WebSession.created_at.desc()).offset(1).limit(1)).first()


def end_session(services: Services, session_name: str, *, actor: Actor) -> SessionDocument:
    """End one of one's own sessions at once; safe to repeat.

    Raises:
        SessionNotFoundError
        ScopeMissingError: a program's token does not reach it.
    """
    _require_person(actor)
    with services.writing() as session:
        row = session.scalars(
            select(WebSession).where(
                WebSession.account_id == actor.account_id,
                func.substr(WebSession.token_sha256, 1, 16) == session_name,
            )
        ).one_or_none()
        if row is None:
            raise SessionNotFoundError(id=session_name)
        if row.revoked_at is None:
            row.revoked_at = clock.now()
            data = {"session": session_id(row.token_sha256)}
            record_event(
                session,
                ENDED,
                subject_id=row.account_id,
                actor=actor,
                data=data,
            )
        return _document(row, is_open=False)


def _require_person(actor: Actor) -> None:
    """A program is not let at the sessions of its account, unless it may list accounts."""
    if actor.scopes is not None:
        access.require(actor, _OWN)


def _open(services: Services) -> tuple[ColumnElement[bool], ...]:
    web, now = services.settings.web, clock.now()
    return (
        WebSession.revoked_at.is_(None),
        WebSession.seen_at > now - dt.timedelta(seconds=web.session_idle_s),
        WebSession.created_at > now - dt.timedelta(seconds=web.session_max_s),
    )


def _document(row: WebSession, *, is_open: bool) -> SessionDocument:
    return SessionDocument(
        id=session_id(row.token_sha256),
        open=is_open,
        created_at=row.created_at,
        seen_at=row.seen_at,
        address=row.address,
        browser=row.user_agent,
        by_provider=row.by_provider,
    )
