"""archive submission hand-over: an officer's work goes to another."""

from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import CommandUsageError
from archive_service.cli.output import emit, say, with_json


@click.command("hand-over")
@with_json
@click.argument("submission_ids", metavar="[ID]...", type=click.UUID, nargs=-1)
@click.option("--to", required=True, help="The officer of the agency who goes on with it.")
@click.option("--of", "officer", default="", help="Instead of IDs: all that this officer has open.")
@pass_cli
def hand_over(
    cli: Cli, submission_ids: tuple[UUID, ...], to: str, officer: str, *, as_json: bool
) -> None:
    """Hand drafts and submissions that nobody decided over to another officer, who is told."""
    from ingest.receiving import makers

    if bool(submission_ids) == bool(officer):
        raise CommandUsageError(reason=cli.said("handing-over.which"))
    ids = list(submission_ids) or makers.open_work_of(cli.services, officer, actor=cli.actor)
    for identifier in ids:
        makers.hand_over(cli.services, identifier, to=to, actor=cli.writer)
    if as_json:
        emit({"to": to, "submissions": [str(identifier) for identifier in ids]})
    else:
        say(cli.said("handing-over.done", count=len(ids), to=to))


submission = click.Group("submission", commands=[hand_over])
