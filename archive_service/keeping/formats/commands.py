"""archive format: formats held with their risk, and migration of formats in batches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, say, table, with_json

if TYPE_CHECKING:
    from archive_service.keeping.formats.watch import Holding


@click.group(cls=ActGroup)
def format() -> None:  # noqa: A001 - the command's own name
    """Formats held, their risk, and migration of formats."""


def _show_held(cli: Cli, found: "list[Holding]", *, as_json: bool) -> None:
    rows = [holding.as_document(cli.lang) for holding in found]
    if as_json:
        emit({"formats": rows})
        return
    names = ("puid", "name", "risk", "target", "files", "size_bytes", "case_files")
    heads = [cli.said(f"format.heads.{name.removeprefix('size_')}") for name in names]
    labelled = (_labelled(cli, row, risk="format-risk", target="format-target") for row in rows)
    table(heads, ([row[name] for name in names] for row in labelled))


def _show_batches(cli: Cli, rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        emit({"batches": rows})
        return
    names = ("id", "puid", "target", "state", "items", "proposed_by")
    labelled = (
        _labelled(cli, row, target="format-target", state="migration-batch") for row in rows
    )
    table(_heads(cli, names), ([row[name] for name in names] for row in labelled), whole=1)


def _shown(cli: Cli, facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(facts)
        return
    rows = [
        (entry["number"], entry["code"], entry["name"], _checks(entry), entry["state"])
        for entry in (_labelled(cli, file, state="migration-item") for file in facts["files"])
    ]
    table(_heads(cli, ("number", "code", "file", "checks", "state")), rows)


@format.command()
@with_json
@click.argument("puid")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, help="Files in the batch.")
@click.option("--again", is_flag=True, help="Also files that were refused or rejected before.")
@pass_cli
def propose(cli: Cli, puid: str, limit: int, *, again: bool, as_json: bool) -> None:
    """Make a batch of files of one format that should become another."""
    from archive_service.keeping.formats.batches import show_batch
    from archive_service.keeping.formats.migration import propose as propose_batch

    actor = cli.writer
    made = propose_batch(cli.services, puid, actor=actor, limit=limit, again=again)
    batch = show_batch(cli.services, made, actor=actor, lang=cli.lang)
    if as_json:
        emit(batch)
    else:
        say(cli.said("format.proposed", id=made, count=batch["items"]))


def _show_convert(cli: Cli, count: int, *, as_json: bool) -> None:
    _show_counts(cli, {"queued": count}, "format.queued", as_json=as_json, count=count)


def _show_approve(cli: Cli, count: int, *, as_json: bool) -> None:
    _show_counts(cli, {"approved": count}, "format.approved", as_json=as_json, count=count)


def _show_counts(
    cli: Cli, figures: dict[str, int], key: str, *, as_json: bool, **facts: object
) -> None:
    if as_json:
        emit(figures)
    else:
        say(cli.said(key, **facts))


def _heads(cli: Cli, names: Sequence[str]) -> list[str]:
    return [cli.said(f"format.heads.{name}") for name in names]


def _labelled(cli: Cli, row: dict[str, Any], **groups: str) -> dict[str, Any]:
    """The row with codes put into words, by column and group of labels; none for none."""
    words = {
        name: messages.text(f"labels.{group}.{row[name]}", cli.lang) if row[name] else ""
        for name, group in groups.items()
    }
    return row | words


def _checks(file: dict[str, Any]) -> str:
    if file["refused"]:
        return str(file["refused"]["message"])
    return ", ".join(f"{name}: {value}" for name, value in file["checks"].items())


_BATCHES = "archive_service.keeping.formats.batches"
_MIGRATION = "archive_service.keeping.formats.migration"
_BATCH = click.Argument(["batch"], type=click.UUID)
_NUMBERS = (
    click.Option(["--accept"], type=int, multiple=True, help="Number of an item to accept."),
    click.Option(["--reject"], type=int, multiple=True, help="Number of an item to reject."),
)
format.offer(
    "list", "archive_service.keeping.formats.watch:list_formats", show=_show_held, reads=True
)
format.offer(
    "review",
    f"{_MIGRATION}:review",
    _BATCH,
    more=_NUMBERS,
    show=worded("format.reviewed"),
)
format.offer("batches", f"{_BATCHES}:list_batches", show=_show_batches, reads=True)
format.offer("show", f"{_BATCHES}:show_batch", _BATCH, show=_shown, reads=True)
format.offer("convert", f"{_MIGRATION}:convert", _BATCH, show=_show_convert)
format.offer("approve", f"{_MIGRATION}:approve", _BATCH, show=_show_approve)
