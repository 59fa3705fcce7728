"""The name of a person, as pages and new papers write it; the account keeps its own name."""

from pydantic import Field

from archive_service.accounts.acts import reached_account
from archive_service.accounts.person_name import person_name
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.document import Document
from archive_service.domain.people.account import Account, Actor
from archive_service.given import Given
from archive_service.services import Services


class NewName(Given):
    """The name that a person bears from now on."""

    display_name: str = Field(description="Name as people write it.")


class NamedDocument(Document):
    """An account, and the name of its person."""

    name: str
    display_name: str


def rename(services: Services, name: str, given: NewName, *, actor: Actor) -> NamedDocument:
    """Change the name of an account's person; what was signed or decided keeps the name of then.

    Raises:
        ActNotAllowedError, AccountNotFoundError
        PersonNameError: see ``person_name``.
    """
    with services.unit_of_work() as uow:
        row = rename_account(name, given.display_name, actor=actor, uow=uow)
        uow.commit()
    return NamedDocument(name=row.name, display_name=row.display_name)


def rename_account(name: str, display_name: str, *, actor: Actor, uow: UnitOfWork) -> Account:
    """The same within a unit of work; the caller commits."""
    row = reached_account(uow.session, name, actor=actor)
    wanted = person_name(display_name)
    before, row.display_name = row.display_name, wanted
    if before != wanted:
        record_event(
            uow.session,
            "account:renamed",
            of=row,
            actor=actor,
            data={
                "name": row.name,
                "before": {"display_name": before},
                "after": {"display_name": wanted},
            },
        )
    return row
