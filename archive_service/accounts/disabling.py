"""Accounts disabled, and who must be left."""

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from archive_service.accounts.acts import reached_account, state_change
from archive_service.accounts.delegations.standing import end_all
from archive_service.accounts.granted import end_grants
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.errors import ConflictError

_DECIDES = (Role.HEAD, Role.AGENCY_HEAD)


class LastAdministratorError(ConflictError):
    """Nobody could add or enable an account at a page any more."""


class LastHeadError(ConflictError):
    """What waits for a head to decide would wait for nobody."""


def disable_account(name: str, *, actor: Actor, uow: UnitOfWork) -> Account:
    """Nobody signs in with it any more; its sessions and tokens are of no use at once.

    Raises:
        AccountNotFoundError
        LastAdministratorError, LastHeadError: it is the only account of that role which is in
            use. Without a head of the archive nobody would be the second person.
    """
    account = reached_account(uow.session, name, actor=actor)
    if account.active:
        require_another_admin(uow.session, account)
        if account.role is Role.HEAD:
            require_another_head(uow.session, account)
        account.active = False
        end_all(uow.session, account, actor=actor)
        end_grants(uow.session, account, actor=actor)
        record_event(
            uow.session,
            "account:disabled",
            of=account,
            actor=actor,
            data=state_change(account, was=True),
        )
    return account


def require_another_admin(session: Session, account: Account) -> None:
    """Of two who disable each other one is refused."""
    if account.role is Role.ADMIN and not has_another(session, account):
        raise LastAdministratorError(name=account.name)


def require_another_head(session: Session, row: Account) -> None:
    """Of two heads who leave at once one is refused."""
    if row.role in _DECIDES and row.active and not has_another(session, row):
        raise LastHeadError(name=row.name, role=row.role)


def has_another(session: Session, account: Account) -> bool:
    """Whether somebody else in use bears the same role for the same agency, and keeps it.

    The rows are locked, that of the account too: two cannot each rely on the other.
    """
    stays = or_(
        Account.next_role.is_(None),
        and_(
            Account.next_role == Account.role,
            Account.next_agency_id.is_not_distinct_from(Account.agency_id),
        ),
    )
    alike = select(Account.id, stays).where(
        Account.active,
        Account.role == account.role,
        Account.agency_id.is_not_distinct_from(account.agency_id),
    )
    found = session.execute(alike.order_by(Account.id).with_for_update()).all()
    return any(kept for identifier, kept in found if identifier != account.id)
