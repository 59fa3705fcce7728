"""archive late-entry: what was done on paper during an outage, entered afterwards."""

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, told, with_json

WHATS = ("received", "accepted", "returned", "access-decided")


@click.group("late-entry", cls=ActGroup)
def late_entry() -> None:
    """What was done on paper and is entered late, with its real time and the reason."""


@late_entry.command()
@with_json
@click.argument("subject_id", metavar="ID", type=click.UUID)
@click.option("--outage", "outage_id", type=click.UUID, required=True, help="Of which outage.")
@click.option("--what", type=click.Choice(WHATS), required=True, help="What was done on paper.")
@click.option("--at", required=True, metavar="T", help="When: 2026-11-21T18:00, Vietnamese time.")
@click.option("--by", "done_by", required=True, help="Who did it, as the paper says.")
@click.option("--paper", required=True, help="Number and date of the paper.")
@click.option("--reason", required=True, help="Why it was done on paper.")
@pass_cli
def add(cli: Cli, /, subject_id: UUID, outage_id: UUID, **given: object) -> None:
    """Enter one act that was done on paper, of a submission or of a change of an access mode."""
    from ingest.late_entries.acts import enter
    from ingest.late_entries.late_entry import OnPaper

    happened_at = _moment(str(given["at"]), "--at")
    words = {name: str(given[name]) for name in ("done_by", "paper", "reason")}
    paper_says = OnPaper(outage_id, happened_at, **words)
    document = enter(cli.services, subject_id, str(given["what"]), paper_says, actor=cli.writer)
    if given["as_json"]:
        emit(document)
    else:
        say(cli.said("late-entry.made", at=happened_at, id=document["id"]))


def _listed(cli: Cli, found: list[dict[str, Any]], *, as_json: bool) -> None:
    from archive_service import messages

    if as_json:
        emit({"late_entries": found})
        return
    heads = cli.heads(
        "late-entry.what",
        "late-entry.happened_at",
        "late-entry.entered_at",
        "late-entry.done_by",
        "late-entry.paper",
        "late-entry.reason",
    )
    lines = (
        [
            messages.label("late-entry", entry["what"], cli.lang),
            told(entry["happened_at"]),
            told(entry["entered_at"]),
            entry["done_by"],
            entry["paper"],
            entry["reason"],
        ]
        for entry in found
    )
    table(heads, lines, whole=1)


@late_entry.command()
@with_json
@click.option("--from", "begin", required=True, metavar="T", help="When the system went down.")
@click.option("--to", "end", required=True, metavar="T", help="When it was back.")
@click.option("--reason", required=True, help="Why it was down.")
@click.option("--first", type=click.IntRange(min=1), help="First number of minutes on paper.")
@click.option("--last", type=click.IntRange(min=1), help="Last number of minutes on paper.")
@pass_cli
def outage(
    cli: Cli,
    begin: str,
    end: str,
    reason: str,
    first: int | None,
    last: int | None,
    *,
    as_json: bool,
) -> None:
    """Record an outage that is over, and reserve the numbers that were used on paper."""
    from ingest.late_entries.acts import record_outage

    began_at, ended_at = _moment(begin, "--from"), _moment(end, "--to")
    numbers = (first or 0, last or 0) if first or last else None
    document = record_outage(
        cli.services, began_at, ended_at, reason, numbers=numbers, actor=cli.writer
    )
    if as_json:
        emit(document)
    else:
        told_of = {"begin": began_at, "end": ended_at, "id": document["id"]}
        say(cli.said("late-entry.outage", **told_of))


def _show_outages(cli: Cli, found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        emit({"outages": found})
        return
    heads = cli.heads(
        "outage.id", "outage.begin", "outage.end", "outage.waiting", "late-entry.reason"
    )
    lines = (
        [
            entry["id"],
            told(entry["began_at"]),
            told(entry["ended_at"]),
            ", ".join(number["text"] for number in entry["waiting"]),
            entry["reason"],
        ]
        for entry in found
    )
    table(heads, lines, whole=1)


@late_entry.command()
@with_json
@click.argument("outage_id", metavar="OUTAGE", type=click.UUID)
@click.argument("scan", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("submissions", metavar="SUBMISSION...", nargs=-1, required=True, type=click.UUID)
@click.option("--number", required=True, type=click.IntRange(min=1), help="Of the paper register.")
@click.option("--at", required=True, metavar="T", help="When both signed.")
@click.option("--by", "done_by", required=True, help="Who received, as the paper says.")
@click.option("--paper", required=True, help="Number and date of the paper.")
@click.option("--reason", required=True, help="Why it was done on paper.")
@pass_cli
def minutes(
    cli: Cli, /, outage_id: UUID, scan: Path, submissions: tuple[UUID, ...], **given: object
) -> None:
    """Enter minutes of acceptance that both sides signed on paper, with their scan (a PDF)."""
    from ingest.late_entries.acts import PaperMinutes, enter_minutes
    from ingest.late_entries.late_entry import OnPaper

    words = {name: str(given[name]) for name in ("done_by", "paper", "reason")}
    paper_says = OnPaper(outage_id, _moment(str(given["at"]), "--at"), **words)
    listed = PaperMinutes(
        number=int(str(given["number"])),
        submission_ids=submissions,
        said={"receiver_name": words["done_by"]},
    )
    document = enter_minutes(cli.services, paper_says, listed, scan, actor=cli.writer)
    if given["as_json"]:
        emit(document)
    else:
        count = len(document.items)
        say(cli.said("late-entry.minutes", number=document.number, count=count))


def _moment(text: str, option: str) -> dt.datetime:
    from archive_service import clock

    try:
        return clock.local_moment(text)
    except ValueError:
        raise click.BadParameter("2026-11-21T18:00", param_hint=option) from None


_ACTS = "ingest.late_entries.acts"
_SUBMISSION = click.Argument(["submission_id"], metavar="SUBMISSION", type=click.UUID)
late_entry.offer("list", f"{_ACTS}:entries_of", _SUBMISSION, show=_listed, reads=True)
late_entry.offer("outages", f"{_ACTS}:list_outages", show=_show_outages, reads=True)
