"""archive init: make the home, or complete it."""

from collections.abc import Sequence
from pathlib import Path

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, for_owner, say, with_json
from archive_service.errors import InputError


class FolderMissingError(InputError):
    """The folder that a file shall be written into is not there; none is made by the way."""


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
        require_archive_code,
        require_no_lost_database,
    )

    if passwords_to is not None and not passwords_to.parent.is_dir():
        raise FolderMissingError(folder=passwords_to.parent)
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
        made_now = ", ".join(made_words(cli, made.created))
        say(f"{cli.settings.home}: {made_now or cli.said('init.nothing-made')}")
        if not has_key(cli.opened):
            say(cli.said("init.no-key"))


def made_words(cli: Cli, created: Sequence[str]) -> list[str]:
    """What ``Made.created`` names by kind and name, in the reader's language."""
    parted = (one.partition(" ") for one in created)
    return [cli.said(f"init.made-{kind}", name=name) for kind, _, name in parted]


def tell_passwords(passwords: dict[str, str], target: Path | None) -> None:
    """Each new password once: into a file of the owner alone, or on stderr."""
    if target is not None:
        for_owner(target)
        with target.open("a", encoding="utf-8") as lines:
            lines.writelines(f"{name} {password}\n" for name, password in passwords.items())
        return
    for name, password in passwords.items():
        say(f"{name} {password}")
