"""archive account: who may sign in, and as what."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service import messages
from archive_service.accounts.applications.commands import applications
from archive_service.accounts.changing.commands import offer_changing
from archive_service.accounts.leaving.commands import offer_leaving
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import CommandUsageError
from archive_service.cli.files import first_line_of
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, say, table, told, with_json
from archive_service.cli.passwords import asked_password, tell_passwords

if TYPE_CHECKING:
    from archive_service.accounts.oidc.bindings import BindingDocument
    from archive_service.accounts.own_sessions import SessionList
    from archive_service.accounts.unlocking import UnlockedDocument

ROLES = (
    *("officer", "clerk", "archivist", "head", "agency-head"),
    *("agency-admin", "station", "reader", "admin", "auditor"),
)
DIGESTS = ("hour", "day", "none")


@click.group(cls=ActGroup)
def account() -> None:
    """Accounts of persons, stations and systems."""


@account.command()
@with_json
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the account is for.")
@click.option("--agency", help="Identifier of its agency; none: acts for all.")
@click.option("--display-name", default="", help="Name as people write it.")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file whose first line is the password; else one is made and shown once.",
)
@pass_cli
def add(
    cli: Cli,
    name: str,
    role: str,
    agency: str | None,
    display_name: str,
    password_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Add an account; a name that is taken is refused."""
    from archive_service.accounts.gains.acts import NewAccount, new_account
    from archive_service.accounts.passwords import make_password
    from archive_service.accounts.strength import PasswordRules
    from archive_service.catalogue.agencies.acts import agency_id_of
    from archive_service.domain.people.account import Role

    password = first_line_of(password_file) if password_file else make_password()
    with cli.services.unit_of_work() as uow:
        wanted = NewAccount(
            name=name,
            role=Role(role),
            agency_id=agency_id_of(cli.services, agency),
            display_name=display_name,
            password=password,
            rules=PasswordRules.of(cli.settings.accounts),
        )
        row = new_account(wanted, actor=cli.actor, uow=uow)
        uow.commit()
    if not password_file:
        tell_passwords({name: password}, None)
    document = {"name": row.name, "role": row.role.value, "agency": agency, "active": row.active}
    if as_json:
        emit(document)
    elif password_file:
        say(name)


@account.command("set")
@with_json
@click.argument("name")
@click.option("--email", help="Where mail goes; empty: no mail.")
@click.option("--digest", type=click.Choice(DIGESTS), help="How often unread notices are mailed.")
@click.option("--urgent/--no-urgent", default=None, help="Whether urgent ones are mailed at once.")
@click.option("--unit", help="The unit of the agency that the person works in.")
@click.option("--unit-head/--no-unit-head", default=None, help="Whether they head that unit.")
@click.option("--position", help="Their post, as papers name it where they sign.")
@pass_cli
def set_(cli: Cli, /, name: str, digest: str | None, *, as_json: bool, **given: Any) -> None:
    """Set how a person is reached, their unit and their post; the rest stays as it is."""
    from archive_service.domain.people.account import MailDigest
    from archive_service.notices.contact import Contact, change_account, contact_document

    if digest is None and all(value is None for value in given.values()):
        raise CommandUsageError(reason=cli.said("account.nothing"))
    wanted = Contact(
        digest=None if digest is None else MailDigest(digest),
        is_unit_head=given.pop("unit_head"),
        **given,
    )
    with cli.services.unit_of_work() as uow:
        document = contact_document(change_account(name, wanted, actor=cli.actor, uow=uow))
        uow.commit()
    if as_json:
        emit(document)
    else:
        say(name)


@account.command()
@with_json
@click.argument("name")
@pass_cli
def disable(cli: Cli, name: str, *, as_json: bool) -> None:
    """Disable an account: its sessions and tokens end at once."""
    from archive_service.accounts.gains.acts import close_account

    with cli.services.unit_of_work() as uow:
        row = close_account(name, actor=cli.actor, uow=uow)
        uow.commit()
    if as_json:
        emit({"name": row.name, "role": row.role.value, "active": row.active})


@account.command()
@with_json
@click.argument("name")
@pass_cli
def enable(cli: Cli, name: str, *, as_json: bool) -> None:
    """Enable an account again, disabled or long unused; old sessions and tokens stay ended."""
    from archive_service.accounts.gains.acts import enable_account

    with cli.services.unit_of_work() as uow:
        row = enable_account(name, actor=cli.actor, uow=uow)
        uow.commit()
    if as_json:
        emit({"name": row.name, "role": row.role.value, "active": row.active})
    elif not row.active:
        say(cli.said("gains.waiting", name=name))


@account.command("reset-password")
@with_json
@click.argument("name")
@click.option(
    "--passwords-to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file that the password is written to, in place of the screen.",
)
@pass_cli
def reset_password_(cli: Cli, name: str, passwords_to: Path | None, *, as_json: bool) -> None:
    """Make a password good for one sign-in, in which the person chooses their own."""
    from archive_service.accounts.own_password import reset_password

    with cli.services.unit_of_work() as uow:
        days = cli.settings.web.idle_account_days
        row, password = reset_password(name, actor=cli.actor, uow=uow, idle_days=days)
        uow.commit()
    tell_passwords({name: password}, passwords_to)
    if as_json:
        emit({"name": row.name, "role": row.role.value, "active": row.active})


@account.command("change-password")
@with_json
@click.option(
    "--old-password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file whose first line is the password of now; else it is asked for.",
)
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file whose first line is the new password; else it is asked for twice.",
)
@pass_cli
def change_password_(
    cli: Cli, old_password_file: Path | None, password_file: Path | None, *, as_json: bool
) -> None:
    """Change the password of the account of --as, whose password of now is asked for."""
    from archive_service.accounts.own_password import change_password
    from archive_service.accounts.strength import PasswordRules

    old = (
        first_line_of(old_password_file)
        if old_password_file
        else asked_password(cli.said("password.old"))
    )
    new = (
        first_line_of(password_file)
        if password_file
        else asked_password(cli.said("password.new"), twice=True)
    )
    with cli.services.unit_of_work() as uow:
        rules = PasswordRules.of(cli.settings.accounts)
        row = change_password(old, new, actor=cli.actor, uow=uow, rules=rules)
        uow.commit()
    if as_json:
        emit({"name": row.name, "role": row.role.value, "active": row.active})
    else:
        say(row.name)


@account.command("second-factor")
@with_json
@click.argument("name")
@click.option("--otp", help="A code of the second factor of now, where the account has one.")
@pass_cli
def second_factor(cli: Cli, name: str, otp: str | None, *, as_json: bool) -> None:
    """Enrol a second factor for an account; its secret is shown once.

    One that is there is replaced with a code of it alone; who lost it asks for another at the
    page of their own account, where a second person confirms it.
    """
    from archive_service.accounts.enrolment import enrol

    made = enrol(cli.services, name, actor=cli.actor, otp=otp)
    if as_json:
        emit(made)
        return
    say(cli.said("second-factor.shown", secret=made["secret"]))
    click.echo(made["uri"])


@account.command("recovery-codes")
@with_json
@click.option("--otp", required=True, help="A code of the second factor of now.")
@pass_cli
def recovery_codes(cli: Cli, otp: str, *, as_json: bool) -> None:
    """Make ten recovery codes for the account of --as; those from before are worth nothing."""
    from archive_service.accounts.enrolment import new_codes

    codes = new_codes(cli.services, actor=cli.actor, otp=otp)
    if as_json:
        emit({"codes": codes})
    else:
        for code in codes:
            click.echo(code)


def _sessions(cli: Cli, found: "SessionList", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            session.id,
            told(session.created_at),
            told(session.seen_at),
            session.address,
            session.browser,
        )
        for session in found.sessions
    )
    heads = ("id", "created_at", "used_at", "used_from", "browser")
    table([cli.said(f"token.heads.{name}") for name in heads], rows, whole=1)


def _unlocked(cli: Cli, done: "UnlockedDocument", *, as_json: bool) -> None:
    if as_json:
        emit(done.as_json())
    else:
        say(cli.said("unlock.done" if done.tries else "unlock.none", name=done.name))


def _binding(cli: Cli, document: "BindingDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document.as_json())
        return
    state = "ended" if document.ended_at else "waits" if document.waits else "bound"
    say(
        cli.said(
            f"binding.{state}",
            name=document.account,
            issuer=document.issuer,
            subject=document.subject,
        )
    )


_OWN = "archive_service.accounts.own_sessions"
_SESSION = click.Argument(["session_name"], metavar="ID")
account.offer("sessions", f"{_OWN}:list_sessions", show=_sessions, reads=True)
account.offer("end-session", f"{_OWN}:end_session", _SESSION, show=worded("token.session_ended"))
account.offer(
    "rename",
    "archive_service.accounts.renaming:rename",
    click.Argument(["name"]),
    show=worded("rename.done"),
)
account.offer(
    "unlock", "archive_service.accounts.unlocking:unlock", click.Argument(["name"]), show=_unlocked
)
_BINDINGS, _NAME = "archive_service.accounts.oidc.bindings", click.Argument(["name"])
account.offer("bind", f"{_BINDINGS}:bind_account", _NAME, show=_binding)
account.offer("binding", f"{_BINDINGS}:show_binding", _NAME, show=_binding, reads=True)
account.offer("unbind", f"{_BINDINGS}:end_binding", _NAME, show=_binding)
account.add_command(applications)
offer_leaving(account)
offer_changing(account)


@account.command("list")
@with_json
@pass_cli
def list_(cli: Cli, *, as_json: bool) -> None:
    """List accounts by name."""
    from archive_service.accounts.acts import list_accounts
    from archive_service.catalogue.holdings.rows import agency_codes

    with cli.services.read_only() as session:
        codes = agency_codes(session)
        found = [
            {
                "name": row.name,
                "role": row.role.value,
                "agency": codes[row.agency_id] if row.agency_id else None,
                "active": row.active,
                "display_name": row.display_name,
            }
            for row in list_accounts(session, actor=cli.actor)
        ]
    if as_json:
        emit({"accounts": found})
    else:
        heads = cli.heads("name", "account.role", "account.agency", "account.active")
        table(heads, (_cells(row, cli.lang) for row in found), whole=1)


def _cells(row: dict[str, Any], lang: str) -> tuple[str, ...]:
    from archive_service.domain.people.account import masked

    role = messages.label("roles", row["role"], lang)
    active = messages.label("yes-no", "yes" if row["active"] else "no", lang)
    return masked(row["name"]), role, told(row["agency"]), active
