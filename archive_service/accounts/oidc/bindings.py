"""An account bound to a subject of the identity provider: by its owner there, or by two persons."""

from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.accounts.acts import get_account, reached_account
from archive_service.accounts.gains import rules
from archive_service.accounts.oidc.provider import Identity, OidcOffError
from archive_service.accounts.own_password import require_password, to_owner
from archive_service.audit import record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.document import Document, Moment
from archive_service.domain.people.account import Account, Actor, WebSession
from archive_service.domain.people.oidc import LONGEST_SUBJECT, OidcBinding
from archive_service.domain.people.rights_gain import GainKind, GainState, RightsGain
from archive_service.errors import ConflictError, NotFoundError
from archive_service.given import Given
from archive_service.notices import inbox
from archive_service.services import Services

_LIVING = OidcBinding.ended_at.is_(None)


class BindingTakenError(ConflictError):
    """The account is bound already, or the subject is bound to another."""

    code = "oidc-binding-taken"


class BindingNotFoundError(NotFoundError):
    """The account is bound to nobody at the provider."""

    code = "oidc-binding-not-found"


class NewBinding(Given):
    """Whom the account is at the provider of the settings."""

    subject: str = Field(
        min_length=1,
        max_length=LONGEST_SUBJECT,
        pattern=r"^[\x21-\x7e]+$",
        description="The claim `sub` of the person, as the provider's administrator tells it.",
    )


class BindingDocument(Document):
    """Whom an account is at a provider; one that ``waits`` waits for a second person."""

    account: str
    issuer: str
    subject: str
    waits: bool
    bound_by: str
    bound_at: Moment
    used_at: Moment | None
    ended_at: Moment | None


def bind_account(
    services: Services, name: str, given: NewBinding, *, actor: Actor
) -> BindingDocument:
    """Bind another's account to a subject of the provider; it waits for a second person.

    Raises:
        ActNotAllowedError, AccountNotFoundError
        OidcOffError, BindingTakenError
    """
    issuer = services.settings.oidc.issuer
    with services.writing() as session:
        row = reached_account(session, name, actor=actor)
        if not issuer:
            raise OidcOffError
        bound = _bind(session, row, issuer, given.subject, actor)
        facts = {"binding": str(bound.id), "issuer": issuer, "subject": given.subject}
        noted = rules.gain(session, row, GainKind.BOUND, actor=actor, facts=facts)
        bound.waits = noted.state is GainState.WAITING
        _record_bound(session, bound, row, actor)
        return _document(bound, row)


def require_owner(services: Services, password: str, *, actor: Actor) -> None:
    """``PasswordWrongError`` unless it is the owner who sits at the open session."""
    with services.unit_of_work() as uow:
        require_password(uow.session.get_one(Account, actor.account_id), password, uow=uow)


def bind_own(services: Services, identity: Identity, *, actor: Actor) -> BindingDocument:
    """Bind one's own account to whom the provider has just let in; it counts at once.

    Raises:
        BindingTakenError
    """
    with services.writing() as session:
        row = session.get_one(Account, actor.account_id)
        bound = _bind(session, row, identity.issuer, identity.subject, actor)
        _record_bound(session, bound, row, actor)
        return _document(bound, row)


def show_binding(services: Services, name: str, *, actor: Actor) -> BindingDocument:
    """Show whom an account is at the identity provider: one's own, or another's.

    Raises:
        ActNotAllowedError, AccountNotFoundError, BindingNotFoundError
    """
    with services.read_only() as session:
        row = _reached(session, name, actor, "account:list")
        return _document(_living(session, row), row)


def end_binding(services: Services, name: str, *, actor: Actor) -> BindingDocument:
    """End a binding, and the sessions that were opened by it: one's own, or another's.

    Raises:
        ActNotAllowedError, AccountNotFoundError, BindingNotFoundError
    """
    with services.writing() as session:
        row = _reached(session, name, actor, "account:add")
        bound = _living(session, row)
        _end(session, bound, row, actor)
        return _document(bound, row)


def find_binding(session: Session, row: Account) -> OidcBinding | None:
    """The binding of an account that goes on or waits."""
    return session.scalars(
        select(OidcBinding).where(OidcBinding.account_id == row.id, _LIVING)
    ).one_or_none()


def end_bindings(session: Session, row: Account, *, actor: Actor) -> None:
    """Nobody signs in at the provider as this account any more."""
    if (bound := find_binding(session, row)) is not None:
        _end(session, bound, row, actor)


def decide_binding(session: Session, noted: RightsGain, row: Account, *, actor: Actor) -> None:
    """What a second person decided of a binding counts from now on."""
    bound = session.get_one(OidcBinding, UUID(noted.facts["binding"]))
    if noted.state is GainState.CONFIRMED:
        bound.waits = False
    elif bound.ended_at is None:
        _end(session, bound, row, actor)


def _bind(session: Session, row: Account, issuer: str, subject: str, actor: Actor) -> OidcBinding:
    take_write_lock(session)  # of two who bind one subject the second is told
    same: ColumnElement[bool] = (OidcBinding.issuer == issuer) & (OidcBinding.subject == subject)
    taken = select(OidcBinding).where(_LIVING, or_(OidcBinding.account_id == row.id, same))
    if (found := session.scalars(taken.limit(1)).first()) is not None:
        raise BindingTakenError(name=row.name, own=found.account_id == row.id)
    bound = OidcBinding(
        account_id=row.id,
        issuer=issuer,
        subject=subject,
        bound_by=actor.account,
        bound_at=clock.now(),
    )
    session.add(bound)
    session.flush()
    return bound


def _record_bound(session: Session, bound: OidcBinding, row: Account, actor: Actor) -> None:
    _record(session, "account:bound", bound, row, actor)
    inbox.tell(session, "oidc-bound", **to_owner(row, actor))


def _end(session: Session, bound: OidcBinding, row: Account, actor: Actor) -> None:
    bound.ended_at, bound.ended_by = clock.now(), actor.account
    opened = (WebSession.account_id == row.id) & WebSession.by_provider
    ended = update(WebSession).where(opened, WebSession.revoked_at.is_(None))
    session.execute(ended.values(revoked_at=clock.now()))
    _record(session, "account:unbound", bound, row, actor)


def _record(session: Session, tag: str, bound: OidcBinding, row: Account, actor: Actor) -> None:
    data = {
        "name": row.name,
        "binding": str(bound.id),
        "issuer": bound.issuer,
        "subject": bound.subject,
        "waits": bool(bound.waits),
    }
    record_event(session, tag, of=row, actor=actor, data=data)


def _reached(session: Session, name: str, actor: Actor, act: str) -> Account:
    if actor.account == name and actor.scopes is None and actor.account_id is not None:
        return get_account(session, name)
    return reached_account(session, name, actor=actor, act=act)


def _living(session: Session, row: Account) -> OidcBinding:
    if (found := find_binding(session, row)) is None:
        raise BindingNotFoundError(name=row.name)
    return found


def _document(bound: OidcBinding, row: Account) -> BindingDocument:
    return BindingDocument.of_row(bound, account=row.name)
