"""archive login, archive logout: who a command acts for proves it."""

from pathlib import Path

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, with_json


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

    lines = password_file.read_text(encoding="utf-8").splitlines() if password_file else []
    password = (
        lines[0].strip()
        if lines
        else click.prompt(cli.said("login.password"), hide_input=True, err=True)
    )
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
