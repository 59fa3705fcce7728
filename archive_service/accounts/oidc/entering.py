"""Who was at the provider is let in as the account that is bound to them, and as no other."""

from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import let_in, record_refusal
from archive_service.accounts.entering.enter import Entered
from archive_service.accounts.oidc.provider import Identity
from archive_service.accounts.second_factor import (
    SecondFactorWrongError,
    note_refused,
    prove_at_sign_in,
    require_inside,
)
from archive_service.accounts.tries import Place, note_browser
from archive_service.db.unit_of_work import Database
from archive_service.domain.people.account import Account
from archive_service.domain.people.oidc import OidcBinding
from archive_service.errors import NotAllowedError
from archive_service.settings import Settings


class OidcNotBoundError(NotAllowedError):
    """No account that may sign in is bound to this person of the provider; none is made."""


def enter_by_provider(
    database: Database, settings: Settings, identity: Identity, *, otp: str, place: Place
) -> Entered:
    """Let in the account that is bound to this person.

    The second factor is asked for as at any sign-in, unless the provider told of one that is
    trusted.

    Raises:
        OidcNotBoundError: told alike where none is bound, it waits, or the account is disabled.
        SignInError: it was unused for so long that it is disabled now.
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError,
        SecondFactorOutsideError: see ``prove_at_sign_in``.
    """
    try:
        with database.unit_of_work() as uow:
            found = uow.session.execute(
                select(OidcBinding, Account)
                .join(Account, Account.id == OidcBinding.account_id)
                .where(
                    OidcBinding.issuer == identity.issuer,
                    OidcBinding.subject == identity.subject,
                    OidcBinding.ended_at.is_(None),
                    OidcBinding.waits.is_(False),
                    Account.active,
                )
            ).one_or_none()
            if found is None:
                record_refusal(f"oidc:{identity.subject}", uow=uow)
                raise OidcNotBoundError(issuer=identity.issuer)
            bound, account = found
            actor = account.as_actor()
            require_inside(account.role, settings, inside=place.inside)
            by_code = identity.by_factor or prove_at_sign_in(
                uow.session, account, otp, settings, inside=place.inside
            )
            days = settings.web.idle_account_days
            let_in(account, uow=uow, idle_days=days, how={"by": "oidc", "issuer": bound.issuer})
            bound.used_at = clock.now()
            browser = note_browser(account, place.browser, uow=uow)
            uow.commit()
    except SecondFactorWrongError:
        note_refused(database, actor)
        raise
    return Entered(account, browser, by_code)
