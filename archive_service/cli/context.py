"""What every command is given: settings, services and who acts, each opened when first needed."""

import getpass
import os
import pwd
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive_service import messages
from archive_service.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from uuid import UUID

    from archive_service.domain.people.account import Actor
    from archive_service.services import Opener, Services
    from archive_service.settings import Settings


class HomeMissingError(NotFoundError):
    """The home holds no archive yet."""


class DatabaseOlderError(ConflictError):
    """The tables are those of an older release."""


class Cli:
    """One run of the command; ``services`` refuses a home that was never set up.

    Args:
        open_services: opens the backends that the settings of a home name.
        run_one: does one job, as ``worker.run_one``.
    """

    def __init__(
        self,
        home: Path,
        config: Path | None,
        account: str | None,
        lang: str,
        *,
        open_services: "Opener",
        run_one: Callable[..., str | None],
        stead: str | None = None,
    ) -> None:
        self.home = home
        self.config = config
        self.account = account
        self.lang = lang
        self.stead = stead
        self.open_services = open_services
        self._run_one = run_one

    def anew(self) -> "Cli":
        """Of a process begun by this one, which shares nothing that is open; no account acts."""
        return Cli(
            self.home,
            self.config,
            None,
            self.lang,
            open_services=self.open_services,
            run_one=self._run_one,
        )

    def said(self, key: str, /, **facts: object) -> str:
        """Words of the commands in the chosen language, by their key below ``cli``."""
        return messages.text(f"cli.{key}", self.lang, **facts)

    def heads(self, *keys: str) -> list[str]:
        """Headings of a table."""
        return [self.said(f"heads.{key}") for key in keys]

    @cached_property
    def settings(self) -> "Settings":
        """The settings of this home."""
        from archive_service.settings import load_settings

        return load_settings(self.home, self.config)

    @cached_property
    def opened(self) -> "Services":
        """The backends, opened, whatever tables there are; for what changes those."""
        return self.open_services(self.settings)

    @cached_property
    def services(self) -> "Services":
        """The backends, opened.

        Raises:
            HomeMissingError: before ``archive init``.
            DatabaseMissingError: the copies hold an archive whose database is lost.
            DatabaseOlderError: before ``archive upgrade``.
        """
        from archive_service.db.migrate import is_set_up, is_there
        from archive_service.storage.copies.identity import DatabaseMissingError, holding_copy

        engine = self.opened.database.engine
        if not is_set_up(engine):
            if is_there(engine):
                raise DatabaseOlderError(home=self.settings.home)
            if (copy := holding_copy(self.opened.stores)) is not None:
                raise DatabaseMissingError(copy=copy)
            raise HomeMissingError(home=self.settings.home)
        return self.opened

    @cached_property
    def actor(self) -> "Actor":
        """Who acts: the account of ``--as``, in the stead of that of ``--for``; else the operator.

        Raises:
            LoginRequiredError: ``accounts.shell`` is "login", and it is not logged in.
            DelegationOverError: ``--for`` handed it nothing that counts today.
        """
        from archive_service.accounts.delegations.standing import given_by, stand_in

        if self.stead is None:
            return self._own
        with self.services.read_only() as session:
            delegation_id = given_by(session, self.stead, self._own)
            return stand_in(session, delegation_id, self._own, self.settings)

    @cached_property
    def _own(self) -> "Actor":
        from archive_service.accounts.acts import acting_as, note_seen

        if self.account is None:
            return self.operator
        shell = self.settings.accounts.shell
        if shell == "login":
            from archive_service.accounts.entering.at_shell import logged_in

            return logged_in(
                self.services.database, self.settings, self.account, os_user=_os_user()
            )
        with self.services.read_only() as session:
            idle_days = self.settings.web.idle_account_days
            actor = acting_as(session, self.account, os_user=_os_user(), idle_days=idle_days)
        actor = replace(actor, shell=shell)
        if actor.account_id is not None:
            note_seen(actor.account_id, database=self.services.database)
        return actor

    @property
    def writer(self) -> "Actor":
        """Who acts, where the command changes something in an account's name.

        Raises:
            MaintenanceError: announced maintenance lasts; who sets up goes on meanwhile.
        """
        from archive_service.domain.people.account import Role
        from archive_service.notices.announcements.acts import require_writing

        if self.actor.role not in (Role.ADMIN, Role.OPERATOR):
            require_writing(self.services)
        return self.actor

    @property
    def operator(self) -> "Actor":
        """The operating system's operator, who may set up and keep, but decide nothing."""
        from archive_service.domain.people.account import Actor, Role

        os_user = _os_user()
        shell = self.settings.accounts.shell
        return Actor(f"os:{os_user}", Role.OPERATOR, os_user=os_user, shell=shell)

    def do_job(self, name: str, subject_id: "UUID | None" = None) -> bool:
        """Do one waiting job ourselves; false: none is due, or a worker has it in hand."""
        return self._run_one(self.services, subject_id=subject_id, names=(name,)) is not None

    def close(self) -> None:
        """Close what was opened."""
        if "opened" in self.__dict__:
            self.opened.close()


def login_user(path: Path = Path("/proc/self/loginuid")) -> str:
    """Who entered the machine, as its kernel knows, where somebody else runs the command."""
    try:
        name = pwd.getpwuid(int(path.read_text())).pw_name
    except (OSError, ValueError, KeyError, OverflowError):  # nobody entered, or no kernel tells
        return ""
    return "" if name == _os_user() else name


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


pass_cli = click.make_pass_decorator(Cli)
