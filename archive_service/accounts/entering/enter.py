"""Name, password and code, taken together or not at all."""

from dataclasses import dataclass

from archive_service.accounts.acts import get_account, sign_in
from archive_service.accounts.second_factor import (
    SecondFactorWrongError,
    note_refused,
    prove_at_sign_in,
    require_inside,
)
from archive_service.accounts.tries import Place, note_browser
from archive_service.db.unit_of_work import Database
from archive_service.domain.people.account import Account
from archive_service.errors import NotAllowedError
from archive_service.settings import Settings


class LocalSignInClosedError(NotAllowedError):
    """People sign in at the identity provider; here two named accounts do."""


@dataclass(frozen=True, slots=True)
class Entered:
    """Who entered, what the browser is known by, and whether the second factor was shown."""

    account: Account
    browser: str
    by_code: bool


def enter_account(
    database: Database, settings: Settings, name: str, password: str, *, otp: str, place: Place
) -> Entered:
    """Let the account in; the caller counts the try.

    Raises:
        LocalSignInClosedError: people sign in at the identity provider, and the name is none of
            the two that may do so here, whether there is such an account or not.
        SignInError, PasswordWaitsError: see ``sign_in``.
        RoleOutsideError: the role enters from the office alone.
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError,
        SecondFactorOutsideError: see ``prove_at_sign_in``.
    """
    oidc = settings.oidc
    if oidc.required and name not in oidc.local_accounts:
        raise LocalSignInClosedError(issuer=oidc.issuer)
    try:
        with database.unit_of_work() as uow:
            account = sign_in(
                name,
                password,
                uow=uow,
                idle_days=settings.web.idle_account_days,
                once_hours=settings.accounts.password_once_hours,
            )
            require_inside(account.role, settings, inside=place.inside)
            by_code = prove_at_sign_in(uow.session, account, otp, settings, inside=place.inside)
            browser = note_browser(account, place.browser, uow=uow)
            uow.commit()
    except SecondFactorWrongError:
        with database.read_only() as session:
            actor = get_account(session, name).as_actor()
        note_refused(database, actor)
        raise
    return Entered(account, browser, by_code)
