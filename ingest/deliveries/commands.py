"""archive delivery: lists of many case files, taken in piece by piece."""

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, table, with_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.deliveries.documents import DeliveryDocument, DeliveryWithRefusals

STATES = ("running", "done", "stopped")
_TOLD = 20  # refused case files that are shown one by one


@click.group(cls=ActGroup)
def delivery() -> None:
    """Deliveries: one spreadsheet that names many case files, with their folders."""


@delivery.command("list")
@with_json
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--limit", type=click.IntRange(min=1), default=50, help="At most so many.")
@pass_cli
def list_(cli: Cli, state: str | None, limit: int, *, as_json: bool) -> None:
    """List deliveries, the newest first."""
    from archive_service.db.paging import part_of
    from archive_service.domain.intake.delivery import DeliveryState
    from ingest.deliveries.documents import DeliveryDocument
    from ingest.deliveries.views import NEWEST_FIRST, matching_deliveries, outcomes

    wanted = None if state is None else DeliveryState(state)
    query = matching_deliveries(actor=cli.actor, state=wanted)
    with cli.services.read_only() as session:
        part = part_of(session, query, NEWEST_FIRST, limit=limit)
        outcomes_by_id = outcomes(session, part.rows)
        found = [
            DeliveryDocument.of(row, outcomes_by_id[row.id], cli.lang).model_dump()
            for row in part.rows
        ]
    if as_json:
        emit({"deliveries": found})
        return
    columns = ("id", "source", "state", "done", "rows", "refused", "again")
    rows = ([_cell(entry, column, cli.lang) for column in columns] for entry in found)
    table(cli.heads(*(f"delivery.{column}" for column in columns)), rows, whole=1)


@delivery.command()
@with_json
@click.argument("delivery_id", metavar="ID", type=click.UUID)
@pass_cli
def resume(cli: Cli, delivery_id: UUID, *, as_json: bool) -> None:
    """Go on with a delivery that was stopped or broken off, here and now."""
    from ingest.deliveries import acts as deliveries_acts

    with bar(cli) as progress:
        document = deliveries_acts.resume(
            cli.services, delivery_id, actor=cli.writer, progress=progress
        )
    _changed(cli, document, as_json=as_json)


@delivery.command()
@with_json
@click.argument("delivery_id", metavar="ID", type=click.UUID)
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write it.",
)
@pass_cli
def receipt(cli: Cli, delivery_id: UUID, target: Path, *, as_json: bool) -> None:
    """Write the one signed receipt of a delivery of many case files to a file."""
    from ingest.deliveries.receipts import read_delivery_receipt

    number, data = read_delivery_receipt(cli.services, delivery_id, actor=cli.actor)
    target.write_bytes(data)
    if as_json:
        emit({"number": number, "path": str(target)})
    else:
        click.echo(cli.said("delivery.saved", number=number, path=str(target)))


def _shown(cli: Cli, told: "DeliveryWithRefusals", *, as_json: bool) -> None:
    emit(told) if as_json else say_document(cli, told)


def _changed(cli: Cli, document: "DeliveryDocument", *, as_json: bool) -> None:
    """As it is now, with what it refused."""
    from ingest.deliveries.acts import delivery_with_refusals

    whole = delivery_with_refusals(cli.services, UUID(document.id), actor=cli.actor, lang=cli.lang)
    _shown(cli, whole, as_json=as_json)


def say_document(cli: Cli, told: "DeliveryWithRefusals") -> None:
    """A delivery in words."""
    state = messages.label("delivery-states", told.state, cli.lang)
    click.secho(f"{told.source}  {state}", bold=True)
    click.echo(f"  {told.id}")
    click.echo(f"  {cli.said('delivery.progress', **dict(told))}")
    click.echo(f"  {cli.said('delivery.kept', **dict(told))}")
    awaits = told.awaits
    if awaits.rows:
        click.echo(f"  {cli.said('delivery.awaits_rows', count=awaits.rows)}")
    if awaits.checks or awaits.decision or awaits.storage:
        click.echo(f"  {cli.said('delivery.awaits', **dict(awaits))}")
    if told.receipt:
        click.echo(f"  {cli.said('delivery.receipt', number=told.receipt.number)}")
    if told.trouble:
        click.echo(f"  {told.trouble.message} {told.trouble.remedy}")
    for finding in told.findings[:_TOLD]:
        click.echo(f"  {finding.message} [{finding.place}]")
    for refused in told.refused_rows[:_TOLD]:
        click.echo(f"  {cli.said('delivery.refused_row', row=refused.row, code=refused.code)}")
        for finding in refused.findings:
            click.echo(f"      {finding.message}")
            click.echo(f"          → {finding.remedy}")
    if (more := len(told.refused_rows) - _TOLD) > 0:
        click.echo(f"  {cli.said('delivery.refused_more', count=more)}")


@contextmanager
def bar(cli: Cli, title: str = "delivery.taking") -> "Iterator[Callable[[int, int], None]]":
    """A bar on stderr that is told how many rows are done, and how many there are."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        task = bars.add_task(cli.said(title), total=None)
        yield lambda done, rows: bars.update(task, completed=done, total=rows)


def wait_for_checks(cli: Cli, ids: Sequence[UUID]) -> bool:
    """Take the checks ourselves, beside the workers; whether an error was found in the end."""
    import time

    from archive_service.domain.intake.submission import CHECK_JOB
    from ingest.deliveries.views import standing

    with bar(cli, "delivery.checking") as progress:
        while True:
            with cli.services.read_only() as session:
                waiting, wrong, total = standing(session, ids)
            progress(total - waiting, total)
            if not waiting:
                return wrong
            for _ in range(min(waiting, 50)):
                if not cli.do_job(CHECK_JOB):
                    time.sleep(0.1)
                    break


def _cell(row: dict[str, Any], column: str, lang: str) -> object:
    return (
        messages.label("delivery-states", row[column], lang) if column == "state" else row[column]
    )


_ACTS = "ingest.deliveries.acts"
_DELIVERY = click.Argument(["delivery_id"], metavar="ID", type=click.UUID)
delivery.offer("show", f"{_ACTS}:delivery_with_refusals", _DELIVERY, show=_shown, reads=True)
delivery.offer("stop", f"{_ACTS}:stop", _DELIVERY, show=_changed)
delivery.offer("close", f"{_ACTS}:close", _DELIVERY, show=_changed)
