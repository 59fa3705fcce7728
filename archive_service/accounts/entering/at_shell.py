"""Sessions at the shell: opened by password and code, kept in a file of the owner alone.

The file holds the token of a session like a browser's: it ends by itself when it is idle or old,
by ``archive logout``, and from the page of one's own account.
"""

import contextlib
import hashlib
from pathlib import Path

from archive_service.accounts.acts import find_account
from archive_service.accounts.entering.enter import enter_account
from archive_service.accounts.second_factor import (
    SecondFactorEnrolError,
    must_enrol,
    must_prove,
)
from archive_service.accounts.sessions import (
    account_of_session,
    close_session,
    id_of_cookie,
    open_session,
    tell_opened,
    touch_session,
)
from archive_service.accounts.strength import PasswordOldError, is_old
from archive_service.accounts.tries import Place, counted
from archive_service.db.unit_of_work import Database
from archive_service.domain.people.account import Account, Actor
from archive_service.door import came_by
from archive_service.errors import NotAllowedError
from archive_service.settings import Settings
from archive_service.storage.durable import write_whole

_KEPT_IN = Path(".local") / "state" / "archive-service"


class LoginRequiredError(NotAllowedError):
    """``accounts.shell`` is "login", and this account is not logged in, or not any more."""


class LoginPasswordOnceError(NotAllowedError):
    """The password was set by somebody else: its owner chooses their own at the page first."""


def log_in(
    database: Database, settings: Settings, name: str, password: str, *, otp: str, os_user: str
) -> Account:
    """Open a session for this account; its token is kept in a file with mode 0600.

    Raises:
        SignInError, TriesExceededError, SecondFactorMissingError, SecondFactorWrongError,
        SecondFactorPausedError: as at the page.
        SecondFactorEnrolError: the role signs in with a second factor, and it has none.
        LoginPasswordOnceError, PasswordOldError
    """
    place = place_of_shell(os_user)
    with counted(name, place, database=database) as begun:
        with database.read_only() as session:
            known = find_account(session, name)
        if known is not None and known.password_once and known.active:
            raise LoginPasswordOnceError(name=name)
        entered = enter_account(database, settings, name, password, otp=otp, place=place)
        account, begun.went_well = entered.account, True
    if is_old(account, settings):
        raise PasswordOldError(name=name)
    with database.read_only() as session:
        if must_enrol(session.get_one(Account, account.id), settings):
            raise SecondFactorEnrolError(name=name)
    with database.unit_of_work() as uow:
        user_agent = f"archive login ({os_user})"
        token = open_session(
            account, uow=uow, user_agent=user_agent, address="shell", by_code=entered.by_code
        )
        tell_opened(account, token, uow=uow)
        uow.commit()
    file = _file_of(settings.home, name)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(file, f"{token}\n".encode(), mode=0o600)
    return account


def place_of_shell(os_user: str) -> Place:
    """Where tries at the shell come from: each user of the machine counts alone."""
    return Place(f"shell:{os_user}")


def logged_in(database: Database, settings: Settings, name: str, *, os_user: str) -> Actor:
    """Who acts by the session that the file holds.

    Raises:
        LoginRequiredError: there is none, or it ended.
    """
    web = settings.web
    with contextlib.suppress(OSError):
        token = _file_of(settings.home, name).read_text(encoding="utf-8").strip()
        with database.read_only() as session:
            found = account_of_session(
                session, token, idle_s=web.session_idle_s, max_s=web.session_max_s
            )
        if found is not None and found.account.name == name and not found.account.password_once:
            if found.is_due:
                with database.unit_of_work() as uow:
                    touch_session(token, uow=uow)
                    uow.commit()
            came_by(session=id_of_cookie(token))
            shell, asked = "login", must_prove(found.account, found.proved_at, settings)
            return found.account.as_actor(
                os_user=os_user, shell=shell, must_prove=asked, granted=found.granted
            )
    raise LoginRequiredError(name=name)


def log_out(database: Database, settings: Settings, name: str) -> None:
    """End the session and take its file away; safe to repeat."""
    file = _file_of(settings.home, name)
    try:
        token = file.read_text(encoding="utf-8").strip()
    except OSError:
        return
    with database.read_only() as session:
        web = settings.web
        found = account_of_session(
            session, token, idle_s=web.session_idle_s, max_s=web.session_max_s
        )
    if found is not None:
        with database.unit_of_work() as uow:
            close_session(token, uow=uow, actor=found.account.as_actor())
            uow.commit()
    file.unlink(missing_ok=True)


def _file_of(home: Path, name: str) -> Path:
    """One a home and account; its name tells neither."""
    text = f"{home.resolve()}\0{name}"
    return Path.home() / _KEPT_IN / hashlib.sha256(text.encode()).hexdigest()[:32]
