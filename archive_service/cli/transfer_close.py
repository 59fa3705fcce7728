"""archive transfer close, remove: the end of what was handed over, at the giving archive."""

from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import with_json
from archive_service.cli.transfer_shown import shown

_ID = click.argument("transfer_id", metavar="ID", type=click.UUID)


@click.command()
@with_json
@_ID
@pass_cli
def close(cli: Cli, transfer_id: UUID, *, as_json: bool) -> None:
    """What has its receipt is the other archive's from now on; its bytes stay for a while."""
    from archive_service.workflow.transfer_close import close as end

    shown(cli, end(cli.services, transfer_id, actor=cli.writer, lang=cli.lang), as_json=as_json)


@click.command()
@with_json
@_ID
@click.option("--otp", help="Code of the second factor.")
@pass_cli
def remove(cli: Cli, transfer_id: UUID, otp: str | None, *, as_json: bool) -> None:
    """Let what is here of it go, when the cooling-off is over; the head of the agency alone."""
    from archive_service.workflow.transfer_remove import remove as let_go

    document = let_go(cli.services, transfer_id, otp=otp, actor=cli.writer, lang=cli.lang)
    shown(cli, document, as_json=as_json)
