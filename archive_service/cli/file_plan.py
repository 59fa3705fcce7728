"""archive file-plan: Danh mục hồ sơ of an agency and year."""

from pathlib import Path
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, table, with_json


@click.group("file-plan")
def file_plan() -> None:
    """File plans (Danh mục hồ sơ)."""


@file_plan.command("import")
@with_json
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--agency", required=True, help="Identifier of the agency.")
@click.option("--year", type=int, required=True, help="Year of the plan.")
@pass_cli
def import_(cli: Cli, file: Path, agency: str, year: int, *, as_json: bool) -> None:
    """Read a plan in the layout of NĐ 30/2020 Phụ lục V.II (XLSX)."""
    from archive_service.workflow.file_plans import import_plan

    document = import_plan(
        cli.services, file, agency=agency, year=year, actor=cli.writer, lang=cli.lang
    )
    if as_json:
        emit(document)
    else:
        say(cli.said("file-plan.imported", **document))
        for finding in document["findings"]:
            severity = messages.label("severities", finding["severity"], cli.lang)
            say(f"{severity} {finding['place']}: {finding['message']}")


@file_plan.command()
@with_json
@click.argument("plan_id", metavar="ID", type=click.UUID)
@pass_cli
def approve(cli: Cli, plan_id: UUID, *, as_json: bool) -> None:
    """Approve a plan: from now on it is the authority for codes of its year."""
    from archive_service.workflow.file_plans import approve_plan

    document = approve_plan(cli.services, plan_id, actor=cli.writer)
    if as_json:
        emit(document)
    else:
        state = messages.label("plan-states", document["state"], cli.lang)
        say(f"{document['id']} {state}")


@file_plan.command("list")
@with_json
@pass_cli
def list_(cli: Cli, *, as_json: bool) -> None:
    """List plans by agency and year."""
    from archive_service.workflow.file_plans import list_plans

    documents = list_plans(cli.services, actor=cli.actor)
    if as_json:
        emit({"file_plans": documents})
    else:
        columns = ("id", "agency", "year", "state", "entries")
        heads = cli.heads(*(f"plan.{column}" for column in columns))
        for row in documents:
            row["state"] = messages.label("plan-states", row["state"], cli.lang)
        table(heads, ([row[column] for column in columns] for row in documents), whole=1)
