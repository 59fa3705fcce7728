"""archive transfer receive, decide: what another archive hands over, at the historical archive."""

from pathlib import Path

import click

from archive_service.cli.context import Cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, say, with_json
from archive_service.domain.retention.refusal import Refusal
from retention.transfer.terminal_view import name_some, shown

_MOST_SAID = 20  # files that nobody named
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@with_json
@click.argument("folder", metavar="PATH", type=click.Path(path_type=Path))
@click.option("--identity", type=_FILE, help="A private key that opens an encrypted disk.")
@click.option("--passphrase-file", "phrase", type=_FILE, help="The passphrase; in line one.")
@click.pass_context
def receive(
    ctx: click.Context, folder: Path, identity: Path | None, phrase: Path | None, *, as_json: bool
) -> None:
    """Take in a folder or disk that another archive hands over; goes on if killed.

    An encrypted disk is opened on the way. Exit 1 if a package of it is not as its manifest says.
    """
    from retention.transfer.disks.decryption import KeyFiles
    from retention.transfer.documents import refusal_words
    from retention.transfer.receiving.receive import receive as take
    from retention.transfer.transitions import ANNOUNCED

    cli: Cli = ctx.obj
    keys = KeyFiles(identity, phrase)
    document = take(cli.services, folder, actor=cli.writer, keys=keys, lang=cli.lang)
    if as_json:
        emit(document)
    else:
        shown(cli, document, as_json=False)
        if not document.is_newest:
            say(cli.said("transfer-receive.older"))
        if document.state not in ANNOUNCED:
            say(cli.said("transfer-receive.arrived", count=document.arrived))
        known = {
            transfer_item.code for transfer_item in document.items if transfer_item.refusal
        }  # told with the rest
        lines = [
            f"{trouble.code}: {refusal_words(Refusal(**trouble.refusal), cli.lang)}"
            for trouble in document.troubles
            if trouble.code not in known
        ]
        name_some(cli, lines, len(lines), document.id)
        for name in document.unknown[:_MOST_SAID]:
            say(cli.said("transfer-receive.unknown", file=name))
        for name in document.damaged[:_MOST_SAID]:
            say(cli.said("transfer-receive.damaged", file=name))
    if document.troubles or document.unknown or document.damaged:
        ctx.exit(Exit.PROBLEMS)
