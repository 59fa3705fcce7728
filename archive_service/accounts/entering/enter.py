"""Name, password and code, taken together or not at all."""

from archive_service.accounts.acts import get_account, sign_in
from archive_service.accounts.second_factor import (
    SecondFactorWrongError,
    note_refused,
    prove_at_sign_in,
)
from archive_service.accounts.tries import Place, note_browser
from archive_service.db.unit_of_work import Database
from archive_service.domain.people.account import Account
from archive_service.settings import Settings


def enter_account(
    database: Database, settings: Settings, name: str, password: str, *, otp: str, place: Place
) -> tuple[Account, str]:
    """The account, and what its browser is known by; the caller counts the try.

    Raises:
        SignInError, PasswordWaitsError: see ``sign_in``.
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError: the role is
            asked for a code.
    """
    try:
        with database.unit_of_work() as uow:
            account = sign_in(
                name,
                password,
                uow=uow,
                idle_days=settings.web.idle_account_days,
                once_hours=settings.accounts.password_once_hours,
            )
            prove_at_sign_in(uow.session, account, otp, settings)
            browser = note_browser(account, place.browser, uow=uow)
            uow.commit()
    except SecondFactorWrongError:
        with database.read_only() as session:
            actor = get_account(session, name).as_actor()
        note_refused(database, actor)
        raise
    return account, browser
