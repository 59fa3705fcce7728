"""archive submission watch: what is dropped into a folder is submitted."""

import json
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service.cli.context import Cli
from archive_service.cli.output import say, with_json

if TYPE_CHECKING:
    from archive_service.domain.people.account import Actor
    from ingest.submissions.drop_folder.watch import DropFolder, DropRules


@click.command()
@with_json
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--by-account", is_flag=True, help="Each sub-folder bears an account's name.")
@click.option(
    "--interval",
    "interval_s",
    type=click.FloatRange(min=0.05),
    default=2.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--once", is_flag=True, help="End when everything in it has been settled.")
@click.pass_context
def watch(
    ctx: click.Context,
    /,
    folder: Path,
    interval_s: float,
    *,
    by_account: bool,
    once: bool,
    as_json: bool,
) -> None:
    """Submit what is dropped into a folder, safe while it is still being written.

    A file, or a folder with its marker file or at rest, is submitted once it stands still, and
    moved to done with what became of it, or to refused with the reason. Runs until it is told to
    stop.
    """
    from ingest.submissions.drop_folder.watch import DropRules, sole_watch

    cli: Cli = ctx.find_root().obj
    chosen = cli.settings.scan
    rules = DropRules(chosen.settle_s, chosen.rest_s, chosen.marker, cli.lang)
    tell = _teller(cli, as_json=as_json)
    stopping = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopping.set())
    with ExitStack() as stack:
        folders = _folders(cli, folder, by_account=by_account, rules=rules, tell=tell)
        for place in folders:
            stack.enter_context(sole_watch(place))
        if not as_json:
            say(cli.said("submission-watch.watching", folder=folder))
        while True:
            left = sum(each.look() for each in folders.values())
            if (once and not left) or stopping.wait(interval_s):
                return


def _folders(
    cli: Cli,
    folder: Path,
    *,
    by_account: bool,
    rules: "DropRules",
    tell: Callable[[str, dict[str, Any]], None],
) -> "dict[Path, DropFolder]":
    from ingest.submissions.drop_folder.watch import DropFolder

    if not by_account:
        return {
            folder: DropFolder(folder, cli.services, lambda: cli.writer, rules=rules, tell=tell)
        }
    places = sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
    return {
        place: DropFolder(place, cli.services, _sender(cli, place.name), rules=rules, tell=tell)
        for place in places
    }


def _sender(cli: Cli, account: str) -> "Callable[[], Actor]":
    """The account as it stands now; refused where it is disabled or unknown."""
    from archive_service.accounts.acts import acting_as
    from archive_service.notices.announcements.acts import require_writing

    def sender() -> "Actor":
        require_writing(cli.services)
        idle_days = cli.settings.web.idle_account_days
        with cli.services.read_only() as session:
            return acting_as(session, account, os_user="", idle_days=idle_days)

    return sender


def _teller(cli: Cli, *, as_json: bool) -> Callable[[str, dict[str, Any]], None]:
    def tell(event: str, facts: dict[str, Any]) -> None:
        if as_json:
            click.echo(json.dumps({"event": event} | facts, ensure_ascii=False))
        else:
            say(cli.said(f"submission-watch.{event}", **facts))

    return tell
