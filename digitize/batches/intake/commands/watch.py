"""archive scan watch: sub-folders of a station's folder become batches as they fill."""

import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.output import say, with_json
from archive_service.errors import ArchiveError
from digitize.batches.intake.commands.intake import of_batch, remote_door, to_server

if TYPE_CHECKING:
    from digitize.batches.intake.door import BatchDoor


@click.command()
@with_json
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@of_batch
@click.option(
    "--interval",
    "interval_s",
    type=click.FloatRange(min=0.05),
    default=2.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--once", is_flag=True, help="End when every sub-folder has been taken in.")
@to_server
@click.pass_context
def watch(
    ctx: click.Context,
    /,
    folder: Path,
    station: str,
    interval_s: float,
    *,
    once: bool,
    server: str | None,
    token_file: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Take in each sub-folder as a batch, safe while files are still being written.

    A file is taken once it stands still and its end is there; a sub-folder is closed by its marker
    file, or when it has rested, and moved to .taken. Runs until it is told to stop.
    """
    from digitize.batches.intake.folder_watch import Watcher, WatchRules, watching
    from digitize.batches.intake.receive import BatchOrder
    from digitize.batches.sources.frames import source_limits

    cli: Cli = ctx.find_root().obj
    chosen = cli.settings.scan
    limits = cli.settings.limits
    rules = WatchRules(
        chosen.settle_s, chosen.rest_s, chosen.marker, limits.file_bytes, source_limits(limits)
    )

    def tell(event: str, facts: dict[str, Any]) -> None:
        _tell(cli, event, facts, as_json=as_json)

    door = _door(cli, station, server, token_file)
    stopping = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopping.set())
    watcher = Watcher(folder, door, BatchOrder(reference="", **given), rules=rules, tell=tell)
    with watching(folder):
        if not as_json:
            say(cli.said("scan.watching", folder=folder))
        watcher.finish_moved()
        while watcher.look() or not once:
            if stopping.wait(interval_s):
                return


def _door(cli: Cli, station: str, server: str | None, token_file: Path | None) -> "BatchDoor":
    if server is not None:
        return remote_door(cli, station, server, token_file)
    from digitize.batches.intake.door import LocalDoor

    return LocalDoor(cli.services, station, cli.writer)


def _tell(cli: Cli, event: str, facts: dict[str, Any], *, as_json: bool) -> None:
    trouble, finding = facts.pop("error", None), facts.pop("finding", None)
    if trouble is not None:
        if isinstance(trouble, ArchiveError):
            words = messages.error(trouble.code, cli.lang, trouble.facts)
            facts["message"] = f"{words.message} {words.remedy}"
        else:
            facts["message"] = str(trouble)
    if finding is not None:
        finding_words = messages.finding(finding.code, cli.lang, finding.facts)
        facts |= {
            "code": finding.code,
            "message": f"{finding_words.message} {finding_words.remedy}",
        }
    if as_json:
        click.echo(json.dumps({"event": event} | facts, ensure_ascii=False))
    else:
        say(cli.said(f"scan.{event}", **facts))
