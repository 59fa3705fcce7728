"""archive answer: what is told to the senders of edXML packets."""

from pathlib import Path
from typing import Any

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, table, told, with_json

STATES = ("waiting", "delivered")


@click.group()
def answer() -> None:
    """Status packets that answer edXML packets (QCVN 102)."""


@answer.command("list")
@with_json
@click.option("--state", type=click.Choice(STATES), help="Only those that wait, or are delivered.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@pass_cli
def list_(cli: Cli, state: str | None, limit: int | None, *, as_json: bool) -> None:
    """List answers to what this account handed in, the oldest first."""
    from ingest.answers.packet_answers import list_answers

    waiting = None if state is None else state == STATES[0]
    found = list_answers(cli.services, actor=cli.writer, waiting=waiting, limit=limit)
    if as_json:
        emit({"answers": found})
        return
    heads = cli.heads("answer", "packet", "answer-status", "state", "answer-at")
    table(heads, (_cells(cli, entry) for entry in found), whole=2)


@answer.command()
@with_json
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder that takes the packets; made if it is not there.",
)
@pass_cli
def write(cli: Cli, folder: Path, *, as_json: bool) -> None:
    """Write the answers that wait into a folder; they count as delivered then."""
    from ingest.answers.packet_answers import put_into

    count = put_into(cli.services, folder, account=cli.writer.account)
    emit({"written": count}) if as_json else say(cli.said("answer.written", count=count))


def _cells(cli: Cli, answer: dict[str, Any]) -> list[object]:
    return [
        answer["id"],
        answer["document_id"],
        answer["status"],
        messages.label("answer-states", answer["state"], cli.lang),
        told(answer["at"]),
    ]
