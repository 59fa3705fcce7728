"""archive file-plan: Danh mục hồ sơ of an agency and year."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import Exit
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, with_json

if TYPE_CHECKING:
    from ingest.file_plan.documents import FilePlanDocument


@click.group("file-plan", cls=ActGroup)
def file_plan() -> None:
    """File plans (Danh mục hồ sơ)."""


@file_plan.command("import")
@with_json
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--agency", required=True, help="Identifier of the agency.")
@click.option("--year", type=int, required=True, help="Year of the plan.")
@pass_cli
@click.pass_context
def import_(
    ctx: click.Context, cli: Cli, file: Path, agency: str, year: int, *, as_json: bool
) -> None:
    """Read a plan in the layout of NĐ 30/2020 Phụ lục V.II (XLSX or DOCX).

    Exit 1 if something in it could not be taken; the draft is there without it.
    """
    from ingest.file_plan.acts import import_plan

    document = import_plan(
        cli.services, file, agency=agency, year=year, actor=cli.writer, lang=cli.lang
    )
    if as_json:
        emit(document)
    else:
        say(cli.said("file-plan.imported", **document.as_json()))
        if document.replaced:
            say(cli.said("file-plan.replaced", count=document.replaced))
        for finding in document.findings:
            severity = messages.label("severities", finding.severity, cli.lang)
            say(f"{severity} {finding.place}: {finding.message}")
    if any(finding.severity == "error" for finding in document.findings):
        ctx.exit(Exit.PROBLEMS)


@file_plan.command()
@with_json
@click.argument("plan_id", metavar="ID", type=click.UUID)
@click.option("--amendment", is_flag=True, help="Its amendment, with what was opened outside it.")
@pass_cli
def approve(cli: Cli, plan_id: UUID, *, amendment: bool, as_json: bool) -> None:
    """Approve a plan: from now on it is the authority for codes of its year."""
    from ingest.file_plan import edit_acts
    from ingest.file_plan.acts import approve_plan

    if amendment:
        edit_acts.approve_amendment(cli.services, plan_id, actor=cli.writer)
    document = approve_plan(cli.services, plan_id, actor=cli.writer)
    if as_json:
        emit(document)
    else:
        say(f"{document.id} {messages.label('plan-states', document.state, cli.lang)}")


def _listed(cli: Cli, documents: "list[FilePlanDocument]", *, as_json: bool) -> None:
    if as_json:
        emit({"file_plans": documents})
    else:
        heads = cli.heads(
            *(f"plan.{name}" for name in ("id", "agency", "year", "state", "entries"))
        )
        rows = (
            (
                row.id,
                row.agency,
                row.year,
                messages.label("plan-states", row.state, cli.lang),
                row.entries,
            )
            for row in documents
        )
        table(heads, rows, whole=1)


@file_plan.command()
@with_json
@click.argument("plan_id", metavar="ID", type=click.UUID)
@click.option(
    "--only",
    type=click.Choice(["mine", "missing", "late", "outside"]),
    help="Only these entries: mine, not handed in, late, or outside the plan.",
)
@pass_cli
def show(cli: Cli, plan_id: UUID, only: str | None, *, as_json: bool) -> None:
    """Show a plan with its entries, amendments and signed papers."""
    from ingest.file_plan.views import Narrowed, open_plan

    narrowed = Narrowed(show=only or "")
    document = open_plan(cli.services, plan_id, actor=cli.actor, narrowed=narrowed, lang=cli.lang)
    if as_json:
        emit(document)
    else:
        heads = cli.heads(*(f"plan.{name}" for name in ("notation", "title", "term", "creator")))
        rows = ((row.notation, row.title, row.term, row.creator) for row in document.entries)
        table(heads, rows, whole=1)


@file_plan.command()
@with_json
@click.argument("plan_id", metavar="ID", type=click.UUID)
@click.option(
    "--numbering",
    type=click.Choice(["plan", "heading"]),
    default="plan",
    show_default=True,
    help="Over the whole plan, or within each major heading.",
)
@pass_cli
def renumber(cli: Cli, plan_id: UUID, numbering: str, *, as_json: bool) -> None:
    """Number the entries of a draft anew, from 01 on."""
    from archive_service.domain.agencies.file_plan import Numbering
    from ingest.file_plan import edit_acts

    way = Numbering(numbering)
    changed = edit_acts.renumber(cli.services, plan_id, way, actor=cli.writer)
    if as_json:
        emit({"id": str(plan_id), "numbering": numbering, "changed": changed})
    else:
        say(cli.said("file-plan.renumbered", changed=changed))


@file_plan.command()
@with_json
@click.argument("plan_id", metavar="ID", type=click.UUID)
@click.option("--year", type=int, required=True, help="Year of the new plan.")
@click.option("--notation", "notations", multiple=True, help="Only these entries go on.")
@pass_cli
def copy(cli: Cli, plan_id: UUID, year: int, notations: tuple[str, ...], *, as_json: bool) -> None:
    """Copy a plan as a draft of another year."""
    from ingest.file_plan import edit_acts

    new_id = edit_acts.copy(
        cli.services, plan_id, year, actor=cli.writer, notations=notations or None
    )
    if as_json:
        emit({"id": str(new_id), "year": year})
    else:
        say(cli.said("file-plan.copied", id=str(new_id), year=year))


@file_plan.command("print")
@with_json
@click.argument("plan_id", metavar="ID", type=click.UUID)
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False, writable=True))
@pass_cli
def print_(cli: Cli, plan_id: UUID, target: Path, *, as_json: bool) -> None:
    """Write a plan to TARGET: .pdf (PDF/A), .docx or .xlsx."""
    from ingest.file_plan.papers import FORMS, write_plan

    if target.suffix.removeprefix(".") not in FORMS:
        raise click.BadParameter(f"{target.name}: .pdf, .docx, .xlsx", param_hint="TARGET")
    write_plan(cli.services, plan_id, target, actor=cli.actor)
    if as_json:
        emit({"id": str(plan_id), "target": target.as_posix()})
    else:
        say(target.as_posix())


@file_plan.command("open-entry")
@with_json
@click.argument("plan_id", metavar="ID", type=click.UUID)
@click.option("--notation", required=True, help="Number and symbol, such as 13.TH.")
@click.option("--title", required=True, help="Title of the case file.")
@click.option("--term", required=True, help="Years, such as 20; or permanent.")
@click.option("--creator", default="", help="Who keeps it.")
@click.option(
    "--start", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Day on which work began."
)
@pass_cli
def open_entry(cli: Cli, /, plan_id: UUID, *, as_json: bool, **given: Any) -> None:
    """Ask for a case file outside an approved plan; a draft till the agency's head approves it."""
    from ingest.file_plan import edit_acts

    started_on = given.pop("start").date()
    if given["term"].strip().lower() == "permanent":
        given["term"] = messages.text("labels.file-plan.permanent", "vi")
    document = edit_acts.open_outside(
        cli.services, plan_id, given, started_on=started_on, actor=cli.writer
    )
    if as_json:
        emit(document)
    else:
        say(cli.said("file-plan.opened", notation=document["notation"]))


file_plan.offer("list", "ingest.file_plan.acts:list_plans", show=_listed, reads=True)
