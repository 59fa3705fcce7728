"""archive login, logout, token: who a command or a program acts for proves it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.files import first_line_of
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, told, with_json
from archive_service.cli.passwords import asked_password

if TYPE_CHECKING:
    from archive_service.accounts.tokens import MadeTokenDocument, TokenDocument

_TOKEN_HEADS = (
    "id", "account", "name", "state", "expires_at", "used_at", "used_from", "networks", "scopes",
)  # fmt: skip


@click.command()
@with_json
@click.argument("name")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file whose first line is the password; else it is asked for.",
)
@click.option("--otp", default="", help="A code of the second factor, where the role is asked.")
@pass_cli
def login(cli: Cli, name: str, password_file: Path | None, otp: str, *, as_json: bool) -> None:
    """Log in at the shell: --as NAME is taken until the session ends.

    It is asked for where `accounts.shell` is "login". The session ends like a browser's, and is
    listed and ended at the page of one's own account.
    """
    from archive_service.accounts.entering.at_shell import log_in, place_of_shell
    from archive_service.accounts.guesses import tell_of_pause
    from archive_service.accounts.tries import TriesExceededError
    from archive_service.errors import NotAllowedError

    password = first_line_of(password_file) if password_file else ""
    password = password or asked_password(cli.said("login.password"))
    os_user = cli.operator.os_user
    try:
        account = log_in(
            cli.services.database, cli.settings, name, password, otp=otp, os_user=os_user
        )
    except NotAllowedError as refused:
        if not isinstance(refused, TriesExceededError):
            tell_of_pause(cli.services, name, place_of_shell(os_user))
        raise
    if as_json:
        emit({"name": account.name, "role": account.role.value})
    else:
        say(cli.said("login.done", name=account.name))


@click.command()
@with_json
@click.argument("name")
@pass_cli
def logout(cli: Cli, name: str, *, as_json: bool) -> None:
    """End the session of an account at this shell; safe to repeat."""
    from archive_service.accounts.entering.at_shell import log_out

    log_out(cli.services.database, cli.settings, name)
    if as_json:
        emit({"name": name})
    else:
        say(cli.said("login.ended", name=name))


@click.group(cls=ActGroup)
def token() -> None:
    """Bearer tokens of stations and systems."""


def _token_made(cli: Cli, made: "MadeTokenDocument", *, as_json: bool) -> None:
    if as_json:
        emit(made.as_json())
    else:
        say(cli.said("token.made", name=made.account, until=made.expires_at))
        click.echo(made.token)


def _token_ended(cli: Cli, ended: "TokenDocument", *, as_json: bool) -> None:
    if as_json:
        emit(ended.as_json())
    else:
        say(cli.said("token.ended", name=ended.account))


_TOKEN = click.Argument(["token_id"], metavar="ID", type=click.UUID)
token.offer("end", "archive_service.accounts.tokens:end_token", _TOKEN, show=_token_ended)
token.offer("rotate", "archive_service.accounts.tokens:rotate_token", _TOKEN, show=_token_made)


@token.command("add")
@with_json
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="An act it may do; docs/operations.md lists those that a document system needs.",
)
@click.option("--name", "called", default="", help="What people call it.")
@click.option("--network", "networks", multiple=True, help="A network that it is taken from.")
@click.option("--days", type=int, default=365, help="Days that it is taken, a year at most.")
@pass_cli
def add_token(
    cli: Cli,
    name: str,
    scopes: tuple[str, ...],
    called: str,
    networks: tuple[str, ...],
    days: int,
    *,
    as_json: bool,
) -> None:
    """Make a token for an account; it is shown once."""
    from archive_service.accounts.tokens import NewToken, make_token

    given = NewToken(
        account=name, scopes=list(scopes), name=called, networks=list(networks), days=days
    )
    made = make_token(cli.services, given, actor=cli.actor)
    if as_json:
        emit(made.as_json() | {"name": name, "called": made.name})
    else:
        say(made.token)


@token.command("list")
@with_json
@click.option("--account", "of", default="", help="Those of one account.")
@click.option("--own", is_flag=True, help="Those of the account of --as.")
@pass_cli
def list_tokens_(cli: Cli, of: str, *, own: bool, as_json: bool) -> None:
    """List tokens with scopes, end and last use; none is shown itself."""
    from archive_service.accounts.tokens import list_tokens

    found = list_tokens(cli.services, actor=cli.actor, account=of, own=own)
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            str(document.id),
            document.account,
            document.name,
            messages.text(f"badges.token.{document.state}", cli.lang),
            told(document.expires_at),
            told(document.used_at),
            document.used_from,
            ", ".join(document.networks),
            ", ".join(document.scopes),
        )
        for document in found.tokens
    )
    table([cli.said(f"token.heads.{name}") for name in _TOKEN_HEADS], rows, whole=1)
