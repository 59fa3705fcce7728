"""archive report, archive register: statistics of a period, registers of a year."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, heading, say, table, told, with_json
from archive_service.cli.values import MisfitUsageError

if TYPE_CHECKING:
    from archive_service.reports.documents import ReportDocument


@click.group(cls=ActGroup)
def report() -> None:
    """Statistics of a period, as they are now or as they were when a report was made."""


@report.command("show")
@with_json
@click.argument("period", metavar="PERIOD")
@click.option("--agency", default="", help="Only what concerns this agency, by its identifier.")
@pass_cli
def show(cli: Cli, period: str, agency: str, *, as_json: bool) -> None:
    """Show figures of PERIOD: 2026, 2026-H1, 2026-Q3, 2026-11 or 2026-01-01..2026-03-15."""
    from archive_service.reports import acts as reports_acts
    from archive_service.reports.report_paper import sections_of

    found = reports_acts.figures_of(cli.services, period, actor=cli.actor, agency=agency)
    if as_json:
        emit(found)
        return
    heading(reports_acts.title_of(found, cli.lang))
    for section in sections_of(found.figures, cli.lang):
        heading(section.heading)
        table(list(section.heads), section.rows)


def _made(cli: Cli, document: "ReportDocument", *, as_json: bool) -> None:
    from archive_service.reports.acts import title_of

    if as_json:
        emit(document)
    else:
        title = title_of(document, cli.lang)
        say(cli.said("report.made", title=title, number=document.number, id=document.id))


@report.command("list")
@with_json
@click.option("--limit", type=click.IntRange(min=1), default=100, help="At most so many.")
@pass_cli
def list_(cli: Cli, limit: int, *, as_json: bool) -> None:
    """List reports, the newest first."""
    from archive_service.reports import acts as reports_acts

    found, total = reports_acts.list_reports(cli.services, actor=cli.actor, limit=limit)
    if as_json:
        emit(
            {"reports": [entry.model_dump(exclude={"figures"}) for entry in found], "total": total}
        )
        return
    rows = ((entry.id, entry.first, entry.last, told(entry.made_at)) for entry in found)
    table(cli.heads("report.id", "report.first", "report.last", "report.made"), rows, whole=1)


@report.command()
@click.argument("report_id", metavar="ID", type=click.UUID)
@click.option(
    "--to", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where to write."
)
@pass_cli
def paper(cli: Cli, report_id: UUID, to: Path) -> None:
    """Write a report as PDF/A; as XLSX where --to ends with .xlsx."""
    from archive_service.reports.acts import write_report

    form = "xlsx" if to.suffix.lower() == ".xlsx" else "pdf"
    _, data = write_report(cli.services, report_id, form, actor=cli.actor)
    to.write_bytes(data)
    say(str(to))


@click.group(cls=ActGroup)
def register() -> None:
    """Registers (sổ) of a year: submissions, receipts, handovers."""


def _show_registers(cli: Cli, found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        emit({"registers": found})
        return
    rows = (
        (entry["name"], entry["label"], ", ".join(str(year["year"]) for year in entry["closed"]))
        for entry in found
    )
    table(cli.heads("name", "report.register", "report.closed"), rows)


@register.command()
@click.argument("name")
@click.argument("year", type=click.IntRange(1945, 9999))
@click.option(
    "--to", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where to write."
)
@pass_cli
def write(cli: Cli, name: str, year: int, to: Path) -> None:
    """Write a register as .docx or .xlsx; the signed .pdf once it was closed."""
    from archive_service.reports.register_acts import MEDIA_TYPES, write_register

    form = to.suffix.lstrip(".").lower()
    if form not in MEDIA_TYPES:
        raise MisfitUsageError("register-file")
    _, data = write_register(cli.services, name, year, form, actor=cli.actor)
    to.write_bytes(data)
    say(str(to))


@register.command()
@with_json
@click.argument("name")
@click.argument("year", type=click.IntRange(1945, 9999))
@pass_cli
def close(cli: Cli, name: str, year: int, *, as_json: bool) -> None:
    """Print, sign and close the register of a year that is over; safe to repeat."""
    from archive_service.reports.register_acts import close_register

    document = close_register(cli.services, name, year, actor=cli.writer)
    if as_json:
        emit(document)
    else:
        facts = {key: document[key] for key in ("year", "rows")}
        register = messages.text(f"forms.registers.{name}.name", cli.lang)
        say(cli.said("register.closed", register=register, **facts))


_REGISTER_ACTS = "archive_service.reports.register_acts"
register.offer("list", f"{_REGISTER_ACTS}:list_registers", show=_show_registers, reads=True)
report.offer("make", "archive_service.reports.acts:make_report", show=_made)
