"""archive partner statistics: what each giver brought, by year."""

from pathlib import Path

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, table, told, with_json

_HEADS = ("year", "transfers", "delivered", "stored", "returned", "days_median", "days_worst")
_OF_YEARS = (*_HEADS, "late", "backlog")
_OF_GIVERS = ("code", "name", *_OF_YEARS[1:])
_YEAR = click.IntRange(1, 9999)


@click.command()
@with_json
@click.option("--giver", default="", help="Of this archive alone, by its code.")
@click.option("--from", "first", type=_YEAR, help="The first year.")
@click.option("--to", "last", type=_YEAR, help="The last year.")
@click.option(
    "--csv",
    "target",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Write a row for each giver and year into this file.",
)
@pass_cli
def statistics(
    cli: Cli, giver: str, first: int | None, last: int | None, target: Path | None, *, as_json: bool
) -> None:
    """What givers brought by year: decided in how many days, returned why, what waits."""
    from archive_service.forms.tables import write_table
    from retention.transfer.statistics import acts as work

    found = work.figures(cli.services, giver=giver, first=first, last=last, actor=cli.actor)
    if target is not None:
        file = target if target.suffix == ".csv" else target.with_name(f"{target.name}.csv")
        write_table(file, work.headings(cli.lang), work.cells(found["rows"]))
        say(cli.said("partner.statistics-lie", file=file))
    if as_json:
        emit(found)
        return
    for heads, rows in ((_OF_YEARS, found["years"]), (_OF_GIVERS, found["givers"])):
        words = [cli.said(f"partner.statistics.{name}") for name in heads]
        table(words, ([_cell(row[name]) for name in heads] for row in rows), whole=1)
    for reason in found["reasons"]:
        say(f"{reason['count']}: {work.reason_words(reason, cli.lang)}")


def _cell(value: object) -> str:
    return str(value) if isinstance(value, int) else told(value)
