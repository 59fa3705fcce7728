"""archive fonds, archive series: what the holdings are arranged by."""

import datetime as dt
from typing import Any

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, table, told, with_json

_DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])
_SET = click.option(
    "--set",
    "values",
    multiple=True,
    metavar="FIELD=VALUE",
    help="history, period, classification, languages, description, code_scheme…; repeatable.",
)
_FONDS = click.option("--fonds", "fonds_code", required=True, help="Code of the fonds.")


@click.group()
def fonds() -> None:
    """Fonds: opened, described, closed, followed by another."""


@fonds.command("list")
@with_json
@click.option("--text", default="", help="Part of a code or name.")
@pass_cli
def list_(cli: Cli, text: str, *, as_json: bool) -> None:
    """List fonds by code, with their state and how much is in them."""
    from archive_service.catalogue.fonds.acts import list_fonds

    found = list_fonds(cli.services, actor=cli.actor, text=text)
    emit({"fonds": found}) if as_json else _show(cli, found)


@fonds.command()
@with_json
@click.argument("code")
@click.option("--agency", required=True, help="Identifier of the agency it is of.")
@click.option("--name", required=True, help="Name of the fonds.")
@_SET
@pass_cli
def add(
    cli: Cli, code: str, agency: str, name: str, values: tuple[str, ...], *, as_json: bool
) -> None:
    """Open one more fonds of an agency."""
    from archive_service.catalogue.fonds.acts import open_fonds

    fields = _fields(values) | {"name": name}
    made = open_fonds(cli.services, code, agency=agency, fields=fields, actor=cli.writer)
    emit(made) if as_json else _show(cli, [made])


@fonds.command()
@with_json
@click.argument("code")
@_SET
@click.option("--reason", required=True, help="Why: it stands in the audit trail.")
@pass_cli
def describe(cli: Cli, code: str, values: tuple[str, ...], reason: str, *, as_json: bool) -> None:
    """Change what is said of a fonds; a name it bore before is kept."""
    from archive_service.catalogue.fonds.acts import describe_fonds

    fields = _fields(values)
    made = describe_fonds(cli.services, code, fields=fields, reason=reason, actor=cli.writer)
    emit(made) if as_json else _show(cli, [made])


@fonds.command()
@with_json
@click.argument("code")
@click.option("--reason", required=True, help="Why: it stands in its act in every copy.")
@click.option("--successor", default="", help="Code of the fonds that goes on.")
@click.option("--on", "day", type=_DAY, help="Its last day; today unless given.")
@pass_cli
def close(
    cli: Cli, code: str, reason: str, successor: str, day: dt.datetime | None, *, as_json: bool
) -> None:
    """Close a fonds: nothing is added to it, its case files keep their codes."""
    from archive_service.catalogue.fonds.acts import close_fonds

    made = close_fonds(
        cli.services,
        code,
        reason=reason,
        actor=cli.writer,
        successor=successor,
        on=day.date() if day else None,
    )
    emit(made) if as_json else _show(cli, [made])


@click.group()
def series() -> None:
    """Series: the tree by which the case files of a fonds are arranged."""


@series.command("list")
@with_json
@_FONDS
@pass_cli
def list_series_(cli: Cli, fonds_code: str, *, as_json: bool) -> None:
    """List the series of a fonds as a tree."""
    from archive_service.catalogue.fonds.acts import fonds_with_series

    tree = fonds_with_series(cli.services, fonds_code, actor=cli.actor)["tree"]
    _tree(cli, tree, as_json=as_json)


@series.command("add")
@with_json
@click.argument("code")
@_FONDS
@click.option("--title", required=True, help="Its title.")
@click.option("--parent", default="", help="Code of the series it stands below.")
@click.option("--note", default="", help="What belongs in it.")
@pass_cli
def add_series_(
    cli: Cli, code: str, fonds_code: str, title: str, parent: str, note: str, *, as_json: bool
) -> None:
    """Add a series to the tree of a fonds."""
    from archive_service.catalogue.fonds.acts import add_series

    more = {"parent": parent, "note": note}
    tree = add_series(cli.services, fonds_code, code, title, actor=cli.writer, **more)
    _tree(cli, tree, as_json=as_json)


@series.command("change")
@with_json
@click.argument("code")
@_FONDS
@click.option("--title", help="Another title.")
@click.option("--parent", help="Another place in the tree; empty for the top.")
@click.option("--note", help="Another note.")
@pass_cli
def change_series_(
    cli: Cli, /, code: str, fonds_code: str, *, as_json: bool, **more: str | None
) -> None:
    """Change title, note or place of a series."""
    from archive_service.catalogue.fonds.acts import change_series

    tree = change_series(cli.services, fonds_code, code, actor=cli.writer, **more)
    _tree(cli, tree, as_json=as_json)


@series.command("remove")
@with_json
@click.argument("code")
@_FONDS
@pass_cli
def remove_series_(cli: Cli, code: str, fonds_code: str, *, as_json: bool) -> None:
    """Remove a series in which nothing is left."""
    from archive_service.catalogue.fonds.acts import remove_series

    tree = remove_series(cli.services, fonds_code, code, actor=cli.writer)
    _tree(cli, tree, as_json=as_json)


@series.command()
@with_json
@click.argument("code")
@click.argument("case_codes", metavar="CASE...", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why: it stands in the audit trail.")
@pass_cli
def put(cli: Cli, code: str, case_codes: tuple[str, ...], reason: str, *, as_json: bool) -> None:
    """Put case files into a series of their fonds; "-" takes them out of theirs."""
    from archive_service.catalogue.fonds.acts import put_in_series

    series_code = "" if code == "-" else code
    moved = put_in_series(cli.services, case_codes, series_code, reason=reason, actor=cli.writer)
    emit({"moved": moved}) if as_json else say(cli.said("fonds.put", count=moved))


def _fields(values: tuple[str, ...]) -> dict[str, str]:
    fields = {}
    for one in values:
        name, found, value = one.partition("=")
        if not found:
            raise click.BadParameter(one, param_hint="--set")
        fields[name] = value.replace("\\n", "\n")
    return fields


def _show(cli: Cli, found: list[dict[str, Any]]) -> None:
    heads = cli.heads("fonds", "name", "state", "closed-on", "successor", "case-files")
    rows = (
        (one["code"], one["name"], cli.said(f"fonds.{one['state']}"), told(one["closed_on"]),
         one["successor"] or "", one["case_files"]) for one in found
    )  # fmt: skip
    table(heads, rows, whole=1)


def _tree(cli: Cli, tree: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        emit({"series": tree})
        return
    rows = (("  " * one["depth"] + one["code"], one["title"], one["case_files"]) for one in tree)
    table(cli.heads("series", "series-title", "case-files"), rows, whole=1)
