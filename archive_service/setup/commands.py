"""archive init: make the home, or complete it."""

from pathlib import Path

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, for_owner, say, with_json
from archive_service.cli.passwords import require_folder, tell_passwords


@click.command()
@with_json
@click.option(
    "--passwords-to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write new passwords to this file (NAME PASSWORD a line) instead of showing them.",
)
@pass_cli
def init(cli: Cli, passwords_to: Path | None, *, as_json: bool) -> None:
    """Make database, copies, index and the first administrator; safe to repeat."""
    from archive_service.setup.acts import (
        has_key,
        init_archive,
        made_words,
        require_archive_code,
        require_no_lost_database,
    )

    require_folder(passwords_to)
    require_archive_code(cli.settings.archive.code)  # before anything is made
    require_no_lost_database(cli.opened)
    for_owner(passwords_to)
    made = init_archive(cli.opened, actor=cli.operator)
    tell_passwords(made.passwords, passwords_to)
    document = {
        "home": str(cli.settings.home),
        "created": made.created,
        "accounts": [
            {"name": account.name, "role": account.role.value} for account in made.accounts
        ],
    }
    if as_json:
        emit(document)
    else:
        made_now = ", ".join(made_words(made.created, cli.lang))
        say(f"{cli.settings.home}: {made_now or cli.said('init.nothing-made')}")
        if not has_key(cli.opened):
            say(cli.said("init.no-key"))
