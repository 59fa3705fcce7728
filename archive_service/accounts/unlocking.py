"""The pause after wrong passwords ends early: by who sets up accounts, for a person they know."""

from sqlalchemy import update

from archive_service.accounts.acts import reached_account
from archive_service.accounts.tries import OWN, kept_as
from archive_service.audit import record_event
from archive_service.document import Document
from archive_service.domain.people.account import Actor
from archive_service.domain.people.sign_in import SignInTry
from archive_service.evidence.acting import acting
from archive_service.services import Services

_NOBODY = ""  # whose tries are those that count for no name any more


class UnlockedDocument(Document):
    """An account, and how many wrong tries of its name count no more."""

    name: str
    tries: int


def unlock(services: Services, name: str, *, actor: Actor) -> UnlockedDocument:
    """End the pause of an account: wrong tries of its name count no more, from wherever they came.

    A pause of the address that they came from goes on. Where there is none, nothing is changed.

    Raises:
        ActNotAllowedError, AccountNotFoundError
        RoleNotGivenError: an account that is not this administrator's to set up.
    """
    with acting(services, "account:add", actor) as session:
        row = reached_account(session, name, actor=actor)
        # At the door, and on the page of the account.
        names = [kept_as(tried) for tried in (row.name, f"{OWN}{row.name}")]
        of_it = update(SignInTry).where(SignInTry.name.in_(names))
        ended = of_it.values(name=_NOBODY).returning(SignInTry.id)  # its address counts them still
        tries = len(session.scalars(ended).all())
        if tries:
            facts = {"name": row.name, "tries": tries}
            record_event(session, "account:unlocked", of=row, actor=actor, data=facts)
        return UnlockedDocument(name=row.name, tries=tries)
