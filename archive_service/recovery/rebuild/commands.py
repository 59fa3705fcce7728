"""archive rebuild: database and index made anew from one copy."""

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, with_json


@click.command()
@with_json
@click.option("--copy", help="Restore from this copy; default the first that answers.")
@pass_cli
def rebuild(cli: Cli, copy: str | None, *, as_json: bool) -> None:
    """Drop database and index, and restore all that one copy holds.

    Accounts and open submissions are carried over where the old database can be read.
    """
    from archive_service.recovery.rebuild.acts import rebuild as run

    document = run(cli.opened, actor=cli.operator, copy=copy, progress=say)
    if as_json:
        emit(document)
    else:
        say(", ".join(f"{name} {value}" for name, value in document.items()))
