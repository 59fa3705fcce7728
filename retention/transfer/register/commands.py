"""archive transfer send-register, answer-register, read-answer: registers as signed messages."""

from pathlib import Path
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import CommandUsageError
from archive_service.cli.output import say, with_json
from retention.transfer.documents import RegisterAnsweredDocument
from retention.transfer.given import RegisterSendingIn
from retention.transfer.terminal_view import shown

_ID = click.argument("transfer_id", metavar="ID", type=click.UUID)
_NUMBER = click.option("--number", default="", help="Number of its paper.")


@click.command("send-register")
@with_json
@_ID
@click.option("--to", default="", help="A folder on a disk, or the address of a partner.")
@click.option("--partner", default="", help="Over the network, to the archive of this code.")
@_NUMBER
@pass_cli
def send_register(
    cli: Cli, transfer_id: UUID, to: str, partner: str, number: str, *, as_json: bool
) -> None:
    """Send an approved register to the other archive, signed; again where it was withdrawn."""
    from retention.transfer.network import exchange as network_exchange
    from retention.transfer.register import send_register as register_send_register

    if bool(to) == bool(partner):
        raise CommandUsageError(reason=cli.said("transfer-register.where"))
    if "://" in to or partner:
        given = RegisterSendingIn(to=to or partner, number=number)
        document = network_exchange.send_register(
            cli.services, transfer_id, given, actor=cli.writer, lang=cli.lang
        )
    else:
        document = register_send_register.send_register(
            cli.services,
            transfer_id,
            number=number,
            folder=Path(to),
            actor=cli.writer,
            lang=cli.lang,
        )
    shown(cli, document, as_json=as_json)
    file = document.announced.file
    if not as_json:
        key = "transfer-register.lies" if file else "transfer-register.goes"
        say(cli.said(key, file=file or ""))


def answered(cli: Cli, document: RegisterAnsweredDocument, *, as_json: bool) -> None:
    """The transfer as it was answered, and where the answer lies, or that it waits."""
    shown(cli, document, as_json=as_json)
    file = document.answer.file
    if not as_json:
        key = "transfer-register.answer-lies" if file else "transfer-register.answer-waits"
        say(cli.said(key, file=file or ""))


def _folder(_ctx: click.Context, _option: click.Parameter, to: str) -> Path | None:
    return Path(to) if to and "://" not in to else None


ANSWER_FOLDER = click.Option(
    ["--to", "folder"], default="", callback=_folder, help="The folder or disk that goes back."
)
