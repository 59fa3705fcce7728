"""archive retention simulate: what a draft of a schedule would change."""

import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, with_json

if TYPE_CHECKING:
    from retention.schedules.what_if.documents import WhatIfDocument

_ASK_AGAIN_S = 0.2


@click.command()
@with_json
@click.argument("schedule_id", metavar="SCHEDULE", type=click.UUID)
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the case files whose last day moves: .csv or .xlsx.",
)
@click.option("--discard", is_flag=True, help="Throw the trial away afterwards.")
@pass_cli
def simulate(
    cli: Cli, schedule_id: UUID, target: Path | None, *, discard: bool, as_json: bool
) -> None:
    """Try a draft on what is kept; no case file is changed."""
    from retention.schedules.what_if import acts as what_if_acts

    if target is not None and target.suffix not in (".csv", ".xlsx"):
        raise click.BadParameter(str(target), param_hint="--to")
    begun = what_if_acts.start(cli.services, schedule_id, actor=cli.writer)
    document = _worked(cli, begun.id)
    trial = document.id
    if target is not None:
        what_if_acts.write_items(cli.services, trial, target, actor=cli.actor, lang=cli.lang)
    if discard:
        what_if_acts.discard(cli.services, trial, actor=cli.writer)
    if as_json:
        emit(document)
        return
    _tell(cli, document)
    if target is not None:
        say(cli.said("what-if.written", file=target))


def _worked(cli: Cli, trial: UUID) -> "WhatIfDocument":
    """Work through it ourselves; where a worker has it in hand, wait for that one."""
    from retention.schedules.what_if import acts as what_if_acts

    while not (document := what_if_acts.show(cli.services, trial, actor=cli.actor)).done_at:
        if not cli.do_job(what_if_acts.TRY_JOB, trial):
            time.sleep(_ASK_AGAIN_S)
    return document


def _tell(cli: Cli, document: "WhatIfDocument") -> None:
    from archive_service.web.display import number, size

    def written(bytes_: int) -> str:
        return size(bytes_, cli.lang)

    counts, schedule = dict(document.counts), document.schedule
    names = {"code": schedule.code, "edition": schedule.edition}
    click.echo(cli.said("what-if.head", as_of=document.as_of, **names))
    facts = {name: number(counts[name], cli.lang) for name in ("looked", "moved")}
    click.echo(cli.said("what-if.looked", size=written(counts["moved_bytes"]), **facts))
    for turn, (count, bytes_) in sorted(counts["turns"].items()):
        word = messages.text(f"labels.what-if-turn.{turn}", cli.lang)
        click.echo(cli.said("what-if.turn", turn=word, count=count, size=written(bytes_)))
    for kind, count in sorted(counts["conflicts"].items()):
        word = messages.text(f"labels.what-if-conflict.{kind}", cli.lang)
        click.echo(cli.said("what-if.conflict", conflict=word, count=count))
    for name in ("due", "gone", "unclear"):
        if counts[name]:
            click.echo(cli.said(f"what-if.{name}", count=counts[name]))
