"""Tokens that are out: listed, ended and rotated, by their owner or by who sets up accounts."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import reached_account, require_given
from archive_service.accounts.gains import rules
from archive_service.accounts.sessions import add_token, end_former, put_token, row_of_token
from archive_service.audit import record_event
from archive_service.document import Document, Moment
from archive_service.domain.people.account import AccessToken, Account, Actor
from archive_service.domain.people.rights_gain import GainKind, GainState
from archive_service.errors import ConflictError, NotFoundError
from archive_service.given import Given
from archive_service.services import Services

State = Literal["active", "waiting", "expired", "ended"]


class TokenNotFoundError(NotFoundError):
    """There is no such token, or it is another's."""


class TokenEndedError(ConflictError):
    """It is not taken any more: none takes its place."""


class NewToken(Given):
    """A token for an account: what it may do, from where, and for how long."""

    account: str
    scopes: list[str] = Field(min_length=1)
    name: str = ""
    networks: Sequence[str] = ()
    days: int = 365


class TokenDocument(Document):
    """One token, without itself; ``used_at`` is up to five minutes old.

    One that is ``waiting`` waits for a second person.
    """

    id: UUID
    account: str
    name: str
    state: State
    scopes: list[str]
    networks: list[str]
    created_at: Moment
    expires_at: Moment
    revoked_at: Moment | None
    used_at: Moment | None
    used_from: str


class MadeTokenDocument(TokenDocument):
    """One that was just made; ``token`` stands on this answer alone."""

    token: str


class TokenList(Document):
    """Tokens by account, the newest first."""

    tokens: list[TokenDocument]


def make_token(services: Services, given: NewToken, *, actor: Actor) -> MadeTokenDocument:
    """Make a token for an account; it is shown once, and may wait for a second person.

    Raises:
        ActNotAllowedError, AccountNotFoundError
        UnknownScopeError, TokenNetworkError, TokenTermError
    """
    with services.unit_of_work() as uow:
        account = reached_account(uow.session, given.account, actor=actor)
        token = add_token(
            account,
            scopes=given.scopes,
            actor=actor,
            uow=uow,
            name=given.name,
            networks=given.networks,
            days=given.days,
        )
        made = row_of_token(uow.session, token)
        noted = rules.gain(uow.session, account, GainKind.TOKEN, actor=actor, token=made)
        made.waits = noted.state is GainState.WAITING
        document = _document(made, account.name).extended(MadeTokenDocument, token=token)
        uow.commit()
    return document


def list_tokens(
    services: Services, *, actor: Actor, account: str = "", own: bool = False
) -> TokenList:
    """Those of one account, of one's own, or all.

    Raises:
        ActNotAllowedError: they are not one's own, and ``actor`` does not set up accounts.
    """
    if not (own and actor.scopes is None):
        access.require(actor, "account:list")
    query = select(AccessToken, Account.name).join(Account, Account.id == AccessToken.account_id)
    if own:
        query = query.where(Account.id == actor.account_id)
    else:
        query = query.where(access.visible(actor, "account:list", Account.agency_id))
    with services.read_only() as session:
        if account:
            query = query.where(Account.name == account)
            if not own:
                reached_account(session, account, actor=actor, act="account:list")
        rows = session.execute(query.order_by(Account.name, AccessToken.created_at.desc()))
        return TokenList(tokens=[_document(row, name) for row, name in rows])


def end_token(services: Services, token_id: UUID, *, actor: Actor) -> TokenDocument:
    """End a token at once; safe to repeat.

    Raises:
        TokenNotFoundError
    """
    with services.writing() as session:
        row, account = _theirs(session, token_id, actor)
        if row.revoked_at is None:
            row.revoked_at = clock.now()
            record_event(
                session,
                "token:revoked",
                subject_id=account.id,
                actor=actor,
                data={"token": str(row.id), "name": row.name, "count": 1},
            )
        return _document(row, account.name)


def rotate_token(services: Services, token_id: UUID, *, actor: Actor) -> MadeTokenDocument:
    """Make a token in the place of one: the old one ends in 24 hours.

    The new one may do the same, from the same networks, for as long as the old one was given. Who
    is not the owner learns a token of another: it waits for a second person, and the old one goes
    on until then.

    Raises:
        TokenNotFoundError
        TokenEndedError: the old one is not taken any more.
    """
    with services.unit_of_work() as uow:
        old, account = _theirs(uow.session, token_id, actor)
        now = clock.now()
        if _state(old) != "active":
            raise TokenEndedError(name=old.name or str(old.id), account=account.name)
        term = old.expires_at - old.created_at
        new = AccessToken(
            account_id=account.id,
            name=old.name,
            scopes=old.scopes,
            networks=old.networks,
            created_at=now,
            expires_at=now + term,
        )
        token = put_token(new, uow=uow)
        event_facts = {"token": str(new.id), "name": new.name, "former": str(old.id)}
        if account.id != actor.account_id:
            facts = {"former": str(old.id)}
            noted = rules.gain(
                uow.session, account, GainKind.TOKEN, actor=actor, token=new, facts=facts
            )
            new.waits = noted.state is GainState.WAITING
        if not new.waits:
            event_facts["former_until"] = clock.iso(end_former(old, now))
        record_event(
            uow.session, "token:rotated", subject_id=account.id, actor=actor, data=event_facts
        )
        document = _document(new, account.name).extended(MadeTokenDocument, token=token)
        uow.commit()
    return document


def _theirs(session: Session, token_id: UUID, actor: Actor) -> tuple[AccessToken, Account]:
    """The token, if it is the actor's own or they set up accounts; else it is not to be known.

    A program is not let at the tokens of its account: one that leaked would prolong itself.
    """
    row = session.get(AccessToken, token_id, with_for_update=True)
    own = row is not None and row.account_id == actor.account_id and actor.scopes is None
    if not own:
        access.require(actor, "account:add")
    account = None if row is None else session.get_one(Account, row.account_id)
    if row is None or account is None or not (own or access.may(actor, "account:add", account)):
        raise TokenNotFoundError(id=token_id)
    if not own:
        require_given(actor, account.role)
    return row, account


def _document(row: AccessToken, account: str) -> TokenDocument:
    return TokenDocument.of_row(row, account=account, state=_state(row))


def _state(row: AccessToken) -> State:
    if row.revoked_at is not None:
        return "ended"
    if row.expires_at <= clock.now():
        return "expired"
    return "waiting" if row.waits else "active"
