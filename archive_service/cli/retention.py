"""archive retention: how long, and why."""

import datetime as dt

import click

from archive_service.cli.agency import DAY
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, table, with_json


@click.group()
def retention() -> None:
    """Terms of retention (thời hạn lưu trữ)."""


@retention.command()
@with_json
@click.argument("code")
@pass_cli
def explain(cli: Cli, code: str, *, as_json: bool) -> None:
    """Why a case file is kept until its last day, each step with its citation."""
    from archive_service.workflow.retention import explain_case_file

    document = explain_case_file(cli.services, code, actor=cli.actor, lang=cli.lang)
    if as_json:
        emit(document)
        return
    for step in document["steps"]:
        click.echo(step["text"])
        click.secho(f"  {step['citation']}", dim=True)


@retention.command()
@with_json
@click.option("--on", type=DAY, help="As of this day; default today.")
@pass_cli
def due(cli: Cli, on: dt.datetime | None, *, as_json: bool) -> None:
    """Case files whose term is over."""
    from archive_service.workflow.retention import list_due

    document = list_due(cli.services, actor=cli.actor, on=on.date() if on else None)
    if as_json:
        emit(document)
    else:
        rows = [(row["code"], row["ends_on"], row["citation"]) for row in document["due"]]
        table(cli.heads("code", "ends-on", "citation"), rows)
