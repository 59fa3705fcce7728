"""What is taken in as a request for an account, by when it is answered, and who answers."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.people.account_application import AccountApplication, ApplicationState
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.services import Services
from archive_service.text import telling_line

LIST, DECIDE = "account:list", "account:add"
PAGE, OPEN_PAGE = "/system/account-applications", "/ask-for-account"
LONGEST_NAME, LONGEST_WORDS = 100, 1000  # characters
_SHORTEST = 2


class AccountApplicationNotFoundError(NotFoundError):
    """There is no such request, or it is another agency's."""


class AccountApplicationStateError(ConflictError):
    """It was answered before."""


class AccountApplicationWordsError(InputError):
    """A sign-in name, a purpose or a reason is missing, too short or too long."""


class AccountApplicationAddressError(ConflictError):
    """As many requests of one address wait as are taken."""


class AccountApplicationsFullError(ConflictError):
    """As many requests wait as are taken in all."""


def words_of(text: str, what: str, *, most: int = LONGEST_WORDS) -> str:
    """The text in one line; ``AccountApplicationWordsError`` where it tells nothing."""
    words = telling_line(text)
    if not _SHORTEST <= len(words) <= most or not words.isprintable():
        raise AccountApplicationWordsError(what=what, least=_SHORTEST, most=most, at=what)
    return words


def require_room(session: Session, services: Services, address: str) -> None:
    """Spam fills neither the queue nor the database.

    Raises:
        AccountApplicationAddressError, AccountApplicationsFullError
    """
    limits = services.settings.accounts
    waiting = select(func.count()).where(AccountApplication.state == ApplicationState.ASKED)
    if (session.scalar(waiting) or 0) >= limits.applications_open:
        raise AccountApplicationsFullError(most=limits.applications_open)
    of_address = waiting.where(AccountApplication.address == address)
    if (session.scalar(of_address) or 0) >= limits.applications_per_address:
        raise AccountApplicationAddressError(most=limits.applications_per_address)


def is_overdue(row: AccountApplication) -> bool:
    """Whether the day by which it is to be answered is over."""
    return row.state is ApplicationState.ASKED and row.due_on < clock.today().isoformat()


def overdue() -> ColumnElement[bool]:
    """The same of the rows of a query."""
    waits = AccountApplication.state == ApplicationState.ASKED
    return waits & (AccountApplication.due_on < clock.today().isoformat())
