"""archive format: formats held with their risk, and migration of formats in batches."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, with_json


@click.group(cls=ActGroup)
def format() -> None:  # noqa: A001 - the command's own name
    """Formats held, their risk, and migration of formats."""


@format.command("list")
@with_json
@pass_cli
def list_(cli: Cli, *, as_json: bool) -> None:
    """Every format held by PRONOM, the worst risk first."""
    from archive_service.keeping.formats.watch import list_formats

    rows = [
        holding.as_document(cli.lang) for holding in list_formats(cli.services, actor=cli.actor)
    ]
    if as_json:
        emit({"formats": rows})
        return
    names = ("puid", "name", "risk", "target", "files", "size_bytes", "case_files")
    heads = [cli.said(f"format.heads.{name.removeprefix('size_')}") for name in names]
    worded = (_worded(cli, row, risk="format-risk", target="format-target") for row in rows)
    table(heads, ([row[name] for name in names] for row in worded))


def _show_batches(cli: Cli, rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        emit({"batches": rows})
        return
    names = ("id", "puid", "target", "state", "items", "proposed_by")
    worded = (_worded(cli, row, target="format-target", state="migration-batch") for row in rows)
    table(_heads(cli, names), ([row[name] for name in names] for row in worded), whole=1)


def _shown(cli: Cli, told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(told)
        return
    rows = [
        (entry["number"], entry["code"], entry["name"], _checks(entry), entry["state"])
        for entry in (_worded(cli, file, state="migration-item") for file in told["files"])
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
    told = show_batch(cli.services, made, actor=actor, lang=cli.lang)
    if as_json:
        emit(told)
    else:
        say(cli.said("format.proposed", id=made, count=told["items"]))


def _show_convert(cli: Cli, count: int, *, as_json: bool) -> None:
    _told(cli, {"queued": count}, "format.queued", as_json=as_json, count=count)


@format.command()
@with_json
@click.argument("batch", type=click.UUID)
@click.option("--accept", type=int, multiple=True, help="Number of an item to accept.")
@click.option("--reject", type=int, multiple=True, help="Number of an item to reject.")
@pass_cli
def review(
    cli: Cli, batch: UUID, accept: Sequence[int], reject: Sequence[int], *, as_json: bool
) -> None:
    """Note which results may stand beside their originals."""
    from archive_service.keeping.formats.migration import review as review_batch

    told = review_batch(cli.services, batch, accept=accept, reject=reject, actor=cli.writer)
    _told(cli, told, "format.reviewed", as_json=as_json, **told)


def _show_approve(cli: Cli, count: int, *, as_json: bool) -> None:
    _told(cli, {"approved": count}, "format.approved", as_json=as_json, count=count)


def _told(cli: Cli, told: dict[str, int], key: str, *, as_json: bool, **facts: object) -> None:
    if as_json:
        emit(told)
    else:
        say(cli.said(key, **facts))


def _heads(cli: Cli, names: Sequence[str]) -> list[str]:
    return [cli.said(f"format.heads.{name}") for name in names]


def _worded(cli: Cli, row: dict[str, Any], **groups: str) -> dict[str, Any]:
    """The row with codes put into words, by column and group of labels; none for none."""
    words = {
        name: messages.text(f"labels.{group}.{row[name]}", cli.lang) if row[name] else ""
        for name, group in groups.items()
    }
    return row | words


def _checks(one: dict[str, Any]) -> str:
    if one["refused"]:
        return str(one["refused"]["message"])
    return ", ".join(f"{name}: {value}" for name, value in one["checks"].items())


_BATCHES = "archive_service.keeping.formats.batches"
_MIGRATION = "archive_service.keeping.formats.migration"
_BATCH = click.Argument(["batch"], type=click.UUID)
format.offer("batches", f"{_BATCHES}:list_batches", show=_show_batches, reads=True)
format.offer("show", f"{_BATCHES}:show_batch", _BATCH, show=_shown, reads=True)
format.offer("convert", f"{_MIGRATION}:convert", _BATCH, show=_show_convert)
format.offer("approve", f"{_MIGRATION}:approve", _BATCH, show=_show_approve)
