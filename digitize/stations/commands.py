"""archive station: scanning stations, each with an account and a token of its own."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service import clock, messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.files import first_line_of
from archive_service.cli.output import emit, for_owner, say, table, told, with_json

if TYPE_CHECKING:
    from archive_service.domain.digitization.station import Station

HEADS = ("name", "title", "device", "standard", "agency", "active", "seen")


@click.group()
def station() -> None:
    """Scanning stations."""


@station.command()
@with_json
@click.argument("name")
@click.option("--title", default="", help="As people call it.")
@click.option("--device", default="", help="Make and model of the scanner.")
@click.option(
    "--standard",
    default="administrative",
    show_default=True,
    help="Limits that its pages are measured by.",
)
@click.option("--agency", help="Identifier of its agency; none: scans for all.")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file whose first line lets people sign in as the station; else nobody can.",
)
@click.option(
    "--token-to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the token into this file, for its owner alone; else it is shown once.",
)
@pass_cli
def add(
    cli: Cli,
    /,
    name: str,
    password_file: Path | None,
    token_to: Path | None,
    *,
    as_json: bool,
    **facts: str,
) -> None:
    """Add a station with its account and token; the same one again stays as it is."""
    from archive_service.catalogue.agencies.acts import agency_id_of
    from digitize.stations.acts import NewStation, add_station

    given = first_line_of(password_file) if password_file else ""
    agency_id = agency_id_of(cli.services, facts.pop("agency"))
    new = NewStation(name, agency_id=agency_id, password=given or None, **facts)
    for_owner(token_to)
    with cli.services.unit_of_work() as uow:
        row, token = add_station(new, actor=cli.actor, uow=uow)
        uow.commit()
    document = _document(row, _agencies(cli))
    if token is not None and token_to is not None:
        token_to.write_text(f"{token}\n", encoding="utf-8")
    if as_json:
        shown = token is not None and token_to is None
        emit(document | ({"token": token} if shown else {}))
        return
    say(cli.said("station.added", name=name, standard=row.standard))
    if token is not None and token_to is None:
        say(cli.said("station.token", name=name, token=token))


@station.command("list")
@with_json
@pass_cli
def list_(cli: Cli, *, as_json: bool) -> None:
    """List the stations by name."""
    from digitize.batches.reach import list_stations

    codes = _agencies(cli)
    with cli.services.read_only() as session:
        found = [_document(row, codes) for row in list_stations(session, actor=cli.actor)]
    if as_json:
        emit({"stations": found})
        return
    heads = [cli.said(f"station.heads.{head}") for head in HEADS]
    table(heads, ([_cell(row, head, cli.lang) for head in HEADS] for row in found), whole=1)


@station.command()
@with_json
@click.argument("name")
@pass_cli
def disable(cli: Cli, name: str, *, as_json: bool) -> None:
    """Take a station out of use: its account, sessions and tokens end at once."""
    from digitize.stations.acts import disable_station

    with cli.services.unit_of_work() as uow:
        row = disable_station(name, actor=cli.actor, uow=uow)
        uow.commit()
    if as_json:
        emit(_document(row, _agencies(cli)))
    else:
        say(cli.said("station.disabled", name=name))


def _cell(row: dict[str, Any], column: str, lang: str) -> str:
    if column == "active":
        return messages.label("yes-no", "yes" if row["active"] else "no", lang)
    if column == "standard":
        return messages.label("scan-standards", row["standard"], lang)
    return told(row[column])


def _agencies(cli: Cli) -> dict[Any, str]:
    from archive_service.catalogue.holdings.rows import agency_codes

    with cli.services.read_only() as session:
        return dict(agency_codes(session))


def _document(row: "Station", codes: dict[Any, str]) -> dict[str, Any]:
    return {
        "name": row.name,
        "title": row.title,
        "device": row.device,
        "standard": row.standard,
        "agency": codes[row.agency_id] if row.agency_id else None,
        "active": row.active,
        "seen": clock.iso(row.seen_at) if row.seen_at else None,
    }
