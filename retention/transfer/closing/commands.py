"""archive transfer reply, read-reply, correct, close, remove: from the reply to the end."""

from pathlib import Path
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import say, with_json
from retention.transfer.terminal_view import shown

_ID = click.argument("transfer_id", metavar="ID", type=click.UUID)


@click.command()
@with_json
@_ID
@click.option("--to", default="", help="The folder or disk that goes back, or the giver's address.")
@click.option("--anew", is_flag=True, help="A new one also where the last one says the same.")
@pass_cli
def reply(cli: Cli, transfer_id: UUID, to: str, *, anew: bool, as_json: bool) -> None:
    """Tell the giving archive of each case file its receipt, or why it comes back; signed."""
    from retention.transfer.reply.send_reply import reply as answer

    folder = _folder(to)
    document = answer(
        cli.services, transfer_id, folder=folder, anew=anew, actor=cli.writer, lang=cli.lang
    )
    shown(cli, document, as_json=as_json)
    if not as_json and folder is None:
        say(cli.said("transfer-send.reply-waits"))
    elif not as_json:
        say(cli.said("transfer.reply-lies", file=document.reply.file))


def _folder(to: str) -> Path | None:
    """``None``: over the network, where the giver's server asks for it."""
    return None if not to or "://" in to else Path(to)


@click.command()
@with_json
@_ID
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder or disk that the other archive gets.",
)
@pass_cli
def notice(cli: Cli, transfer_id: UUID, folder: Path, *, as_json: bool) -> None:
    """Tell the other archive what is stopped since it was sent: held, changed, withdrawn."""
    from retention.transfer.stopping.send_notice import notice as tell

    document = tell(cli.services, transfer_id, folder=folder, actor=cli.writer, lang=cli.lang)
    shown(cli, document, as_json=as_json)
    if not as_json:
        lies = document.notice
        text = cli.said("transfer.notice-lies", file=lies.file) if lies else ""
        say(text or cli.said("transfer.notice-none"))
