"""archive submission leave-out, take-up, order-by-time: the documents that are accepted."""

from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, with_json


@click.command("leave-out")
@with_json
@click.argument("submission_id", metavar="ID", type=click.UUID)
@click.argument("ordinal", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="Why it is not accepted: the sender reads it.")
@pass_cli
def leave_out(cli: Cli, submission_id: UUID, ordinal: int, reason: str, *, as_json: bool) -> None:
    """Leave one document out of what is accepted; what is left is checked anew."""
    from ingest.submissions import acts

    acts.leave_out(submission_id, ordinal, reason, actor=cli.writer, services=cli.services)
    _tell(cli, submission_id, as_json=as_json)


@click.command("take-up")
@with_json
@click.argument("submission_id", metavar="ID", type=click.UUID)
@click.argument("number", type=click.IntRange(min=1))
@pass_cli
def take_up(cli: Cli, submission_id: UUID, number: int, *, as_json: bool) -> None:
    """Take a document that was left out up again, by its number among those."""
    from ingest.submissions import acts

    acts.take_up(submission_id, number, actor=cli.writer, services=cli.services)
    _tell(cli, submission_id, as_json=as_json)


@click.command("order-by-time")
@with_json
@click.argument("submission_id", metavar="ID", type=click.UUID)
@pass_cli
def order_by_time(cli: Cli, submission_id: UUID, *, as_json: bool) -> None:
    """Put the documents in order of time, by date, then number; they are checked anew."""
    from ingest.submissions.desk import time_order

    time_order.order_by_time(cli.services, submission_id, actor=cli.writer)
    _tell(cli, submission_id, as_json=as_json)


def _tell(cli: Cli, submission_id: UUID, *, as_json: bool) -> None:
    from ingest.submissions import queries

    (document,) = queries.submissions(cli.services, [submission_id], actor=cli.actor, lang=cli.lang)
    if as_json:
        emit(document)
        return
    say(cli.said("leaving.stands", code=document["code"], count=document["documents"]))
    for refusal in document["left_out"]:
        say("  " + cli.said("leaving.left", **refusal))
