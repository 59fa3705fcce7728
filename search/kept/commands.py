"""archive saved-search: one's own searches, listed, kept, run and removed."""

from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, say, table, told, with_json

if TYPE_CHECKING:
    from search.kept.acts import KeptSearchList

_HEADS = ("id", "name", "text", "at")


@click.group("saved-search", cls=ActGroup)
def saved_search() -> None:
    """Searches kept under a name by the account of --as, and its last ones at pages."""


def _listed(cli: Cli, found: "KeptSearchList", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (str(kept_search.id), kept_search.name, kept_search.text, told(kept_search.at))
        for kept_search in [*found.kept, *found.last]
    )
    table([cli.said(f"saved-search.heads.{name}") for name in _HEADS], rows, whole=1)


@saved_search.command()
@with_json
@click.argument("name")
@click.argument("query")
@pass_cli
def keep(cli: Cli, name: str, query: str, *, as_json: bool) -> None:
    """Keep a search under a name; conditions stand in its words, such as năm:2025."""
    from search.kept.acts import Keep, keep_search

    kept = keep_search(cli.services, Keep(name=name, text=query), actor=cli.writer)
    worded("saved-search.kept")(cli, kept, as_json=as_json)


@saved_search.command()
@with_json
@click.argument("id", type=click.UUID)
@click.option("--off", is_flag=True, help="No more.")
@pass_cli
def watch(cli: Cli, /, *, off: bool, as_json: bool, **named: UUID) -> None:
    """Be told, as a notice, of what one that is kept finds from now on."""
    from search.kept.acts import Watched, watch_kept_search

    given = Watched(watched=not off)
    kept = watch_kept_search(cli.services, named["id"], given, actor=cli.writer)
    if as_json:
        emit(kept.as_json())
        return
    told_as = "unwatched" if off else "watched"
    say(cli.said(f"saved-search.{told_as}", name=kept.name))


@saved_search.command()
@with_json
@click.argument("state", type=click.Choice(["on", "off"]))
@pass_cli
def history(cli: Cli, state: str, *, as_json: bool) -> None:
    """Keep the last searches at pages from now on, or none and forget those of before."""
    from search.kept.acts import History, set_history

    kept = set_history(cli.services, History(history=state == "on"), actor=cli.writer)
    if as_json:
        emit(kept.as_json())
        return
    say(cli.said(f"saved-search.history-{state}"))


@saved_search.command()
@with_json
@click.argument("name")
@pass_cli
def run(cli: Cli, name: str, *, as_json: bool) -> None:
    """Search again for what is kept under a name, by the rights of now."""
    from archive_service.text import fold
    from search.acts import find
    from search.conditions import Shown
    from search.kept.acts import KeptSearchUnknownError, list_kept_searches

    kept = list_kept_searches(cli.services, actor=cli.actor).kept
    kept_search = next((document for document in kept if fold(document.name) == fold(name)), None)
    if kept_search is None:
        raise KeptSearchUnknownError(id=name)
    shown = Shown.model_validate({"by": "document", "order": kept_search.order})
    found = find(
        cli.services,
        kept_search.text,
        actor=cli.actor,
        conditions=kept_search.conditions,
        shown=shown,
    )
    if as_json:
        emit(found)
        return
    click.echo(cli.said("search.found", total=found.total, took_ms=found.took_ms))
    for hit in found.hits:
        click.secho(f"{hit.code}  {hit.title}", bold=True)


_KEPT = click.Argument(["id"], type=click.UUID)
saved_search.offer(
    "rename",
    "search.kept.acts:rename_kept_search",
    _KEPT,
    show=worded("saved-search.kept"),
)
saved_search.offer(
    "remove",
    "search.kept.acts:remove_kept_search",
    _KEPT,
    show=worded("saved-search.removed"),
)
saved_search.offer("list", "search.kept.acts:list_kept_searches", show=_listed, reads=True)
