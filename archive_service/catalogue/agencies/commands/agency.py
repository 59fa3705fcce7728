"""archive agency: the bodies this archive serves or knows."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import DAY, emit, table, with_json

if TYPE_CHECKING:
    from archive_service.catalogue.agencies.documents import AgencyRecord


@click.group(cls=ActGroup)
def agency() -> None:
    """Agencies with their identifiers, fonds and seal keys."""


@agency.command()
@with_json
@click.argument("code")
@click.option("--name", required=True, help="Name of the agency.")
@click.option("--valid-from", type=DAY, help="First day of this identifier.")
@click.option("--successor-of", help="Identifier of the agency it took over from.")
@click.option("--same-as", help="Another identifier of the same agency.")
@click.option("--superior", help="Identifier of the superior body.")
@pass_cli
def add(cli: Cli, /, code: str, name: str, *, as_json: bool, **more: Any) -> None:
    """Add an agency, its fonds and, where none is set, a demo seal key; safe to repeat."""
    from archive_service.catalogue.agencies.acts import enlist_agency
    from archive_service.catalogue.agencies.documents import AgencyDocument

    valid_from: dt.datetime | None = more.pop("valid_from")
    added, _ = enlist_agency(
        cli.services,
        code,
        name,
        actor=cli.actor,
        valid_from=valid_from.date() if valid_from else None,
        **more,
    )
    document = AgencyDocument.of(added)
    if as_json:
        emit(document)
    else:
        table(cli.heads("identifier", "name"), [(document.code, document.name)])


@agency.command("list")
@with_json
@click.option("--all", "everyone", is_flag=True, help="Also those known from the official list.")
@pass_cli
def list_(cli: Cli, *, everyone: bool, as_json: bool) -> None:
    """List agencies by identifier."""
    from archive_service import access
    from archive_service.catalogue.agencies.acts import list_agencies
    from archive_service.catalogue.agencies.documents import AgencyDocument

    access.require(cli.actor, "agency:list")
    with cli.services.read_only() as session:
        found = [AgencyDocument.of(row) for row in list_agencies(session, served_only=not everyone)]
    if as_json:
        emit({"agencies": found})
    else:
        lines = [(row.code, row.name, ", ".join(row.identifiers)) for row in found]
        table(cli.heads("identifier", "name", "identifiers"), lines)


@agency.command("import")
@with_json
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_cli
def import_(cli: Cli, file: Path, *, as_json: bool) -> None:
    """Read the official list of identifiers (XLSX or CSV)."""
    from archive_service.catalogue.agencies.official_list import import_official_list

    with cli.services.unit_of_work() as uow:
        added, known = import_official_list(file, actor=cli.actor, uow=uow)
        uow.commit()
    if as_json:
        emit({"added": added, "known": known})
    else:
        table(cli.heads("added", "known"), [(added, known)])


def _tell(cli: Cli, record: "AgencyRecord", *, as_json: bool) -> None:
    from archive_service import messages

    if as_json:
        emit(record)
        return
    table(cli.heads("identifier", "name"), [(record.code, record.name)])
    lines = [
        (
            change.on.isoformat(),
            messages.text(f"labels.agency-changes.{change.kind}", cli.lang),
            change.before,
            change.after,
            change.reason,
        )
        for change in record.changes
    ]
    if lines:
        columns = ("on", "change", "before", "after", "reason")
        table(cli.heads(*(f"agency.{column}" for column in columns)), lines)


_CODE = click.Argument(["code"])
_CHANGES = "archive_service.catalogue.agencies.changes"
agency.offer("rename", f"{_CHANGES}:rename_agency", _CODE, show=_tell)
agency.offer("move", f"{_CHANGES}:move_agency", _CODE, show=_tell)
agency.offer("end", f"{_CHANGES}:end_agency", _CODE, show=_tell)
agency.offer("show", f"{_CHANGES}:show_agency", _CODE, show=_tell, reads=True)
