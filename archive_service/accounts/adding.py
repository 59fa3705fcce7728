"""Accounts added, and listed for programs: of one agency those of that agency alone."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import Field
from sqlalchemy.orm import Session

from archive_service import messages
from archive_service.accounts.acts import list_accounts
from archive_service.accounts.gains.acts import NewAccount, new_account
from archive_service.accounts.passwords import make_password
from archive_service.accounts.strength import PasswordRules
from archive_service.catalogue.agencies.acts import agency_id_of
from archive_service.catalogue.agencies.listing import served_agencies
from archive_service.catalogue.holdings.rows import agency_codes
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.document import Document
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.given import Given
from archive_service.services import Services


class AccountRequest(Given):
    """An account that is to be."""

    name: str
    role: Role = Field(description="What the account is for.")
    agency: str = Field(default="", description="Identifier of its agency; empty: acts for all.")
    display_name: str = Field(default="", description="Name as people write it.")


class AccountDocument(Document):
    """One account; one that is not active is disabled, or waits for a second person."""

    name: str
    display_name: str
    role: str
    agency: str
    active: bool


class MadeAccountDocument(AccountDocument):
    """One that was just made; ``password`` is good for one sign-in and on this answer alone."""

    password: str


class AccountList(Document):
    """Accounts by name: all, or those of the agency of who asks."""

    accounts: list[AccountDocument]


def list_all_accounts(services: Services, *, actor: Actor) -> AccountList:
    """Accounts by name: all, or those of the agency of who asks.

    Raises:
        ActNotAllowedError
    """
    with services.read_only() as session:
        codes = agency_codes(session)
        return AccountList(
            accounts=[
                AccountDocument.of_row(row, **_in_words(row, codes))
                for row in list_accounts(session, actor=actor)
            ]
        )


def make_account(services: Services, given: AccountRequest, *, actor: Actor) -> MadeAccountDocument:
    """Add an account; with a role that reads or decides it waits for a second person.

    Raises:
        ActNotAllowedError, RoleNotGivenError, AgencyNotFoundError
        AccountRoleError, AccountAgencyError, AccountNameError
        AccountExistsError, AccountNameTakenError
    """
    agency_id = agency_id_of(services, given.agency.strip() or None)
    with services.unit_of_work() as uow:
        document = made_account(services, given, agency_id, actor=actor, uow=uow)
        uow.commit()
    return document


def made_account(
    services: Services,
    given: AccountRequest,
    agency_id: UUID | None,
    *,
    actor: Actor,
    uow: UnitOfWork,
) -> MadeAccountDocument:
    """The same within a unit of work, of an agency by its id; the caller commits."""
    password = make_password()
    wanted = NewAccount(
        name=given.name,
        role=given.role,
        agency_id=agency_id,
        display_name=given.display_name.strip(),
        password=password,
        once=True,
        rules=PasswordRules.of(services.settings.accounts),
    )
    row = new_account(wanted, actor=actor, uow=uow)
    words = _in_words(row, agency_codes(uow.session))
    return MadeAccountDocument.of_row(row, **words, password=password)


def _in_words(row: Account, codes: Mapping[UUID, str]) -> dict[str, str]:
    return {
        "role": row.role.value,
        "agency": codes[row.agency_id] if row.agency_id else "",
    }


def agency_choices(session: Session, *, actor: Actor, lang: str) -> list[tuple[str, str]]:
    """The agencies that an account may be given, by identifier; of all of them, where one may."""
    every = [("", messages.text("pages.accounts.all_agencies", lang))]
    known = served_agencies(session, only=actor.agency_id)
    return (every if actor.agency_id is None else []) + [
        (code, f"{code} {name}") for code, name in known
    ]
