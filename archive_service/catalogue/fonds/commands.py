"""archive fonds, archive series: what the holdings are arranged by."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, told, with_json

if TYPE_CHECKING:
    from archive_service.catalogue.fonds.documents import FondsDocument, Moved, SeriesTree

_SET = click.option(
    "--set",
    "values",
    multiple=True,
    metavar="FIELD=VALUE",
    help="history, period, classification, languages, description, code_scheme…; repeatable.",
)


@click.group(cls=ActGroup)
def fonds() -> None:
    """Fonds: opened, described, closed, followed by another."""


def _listed(cli: Cli, found: "Sequence[FondsDocument]", *, as_json: bool) -> None:
    emit({"fonds": found}) if as_json else _table(cli, found)


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
    from archive_service.catalogue.fonds.given import FondsIn

    given = FondsIn(code=code, agency=agency, name=name, fields=_fields(values))
    _show(cli, open_fonds(cli.services, given, actor=cli.writer), as_json=as_json)


@fonds.command()
@with_json
@click.argument("code")
@_SET
@click.option("--reason", required=True, help="Why: it stands in the audit trail.")
@pass_cli
def describe(cli: Cli, code: str, values: tuple[str, ...], reason: str, *, as_json: bool) -> None:
    """Change what is said of a fonds; a name it bore before is kept."""
    from archive_service.catalogue.fonds.acts import describe_fonds
    from archive_service.catalogue.fonds.given import FondsChange

    given = FondsChange(fields=_fields(values), reason=reason)
    made = describe_fonds(cli.services, code, given, actor=cli.writer)
    _show(cli, made, as_json=as_json)


@click.group(cls=ActGroup)
def series() -> None:
    """Series: the tree by which the case files of a fonds are arranged."""


@series.command("list")
@with_json
@click.option("--fonds", "fonds_code", required=True, help="Code of the fonds.")
@pass_cli
def list_series_(cli: Cli, fonds_code: str, *, as_json: bool) -> None:
    """List the series of a fonds as a tree."""
    from archive_service.catalogue.fonds.acts import list_series

    _tree(cli, list_series(cli.services, fonds_code, actor=cli.actor), as_json=as_json)


def _fields(values: tuple[str, ...]) -> dict[str, str]:
    fields = {}
    for text in values:
        name, found, value = text.partition("=")
        if not found:
            raise click.BadParameter(text, param_hint="--set")
        fields[name] = value.replace("\\n", "\n")
    return fields


def _show(cli: Cli, found: "FondsDocument", *, as_json: bool) -> None:
    emit(found) if as_json else _table(cli, [found])


def _table(cli: Cli, found: "Sequence[FondsDocument]") -> None:
    heads = cli.heads("fonds", "name", "state", "closed-on", "successor", "case-files")
    rows = (
        (each.code, each.name, cli.said(f"fonds.{each.state}"), told(each.closed_on),
         each.successor or "", each.case_files) for each in found
    )  # fmt: skip
    table(heads, rows, whole=1)


def _tree(cli: Cli, tree: "SeriesTree", *, as_json: bool) -> None:
    if as_json:
        emit(tree)
        return
    rows = (("  " * each.depth + each.code, each.title, each.case_files) for each in tree.series)
    table(cli.heads("series", "series-title", "case-files"), rows, whole=1)


def _moved(cli: Cli, done: "Moved", *, as_json: bool) -> None:
    emit(done) if as_json else say(cli.said("fonds.put", count=done.moved))


_ACTS = "archive_service.catalogue.fonds.acts"
_OF = click.Option(["--fonds", "fonds_code"], required=True, help="Code of the fonds.")
_SERIES = click.Argument(["series_code"], metavar="CODE")
_TEXT = click.Option(["--text"], default="", help="Part of a code or name.")
fonds.offer("list", f"{_ACTS}:list_fonds", more=(_TEXT,), show=_listed, reads=True)
fonds.offer("close", f"{_ACTS}:close_fonds", click.Argument(["code"]), show=_show)
series.offer("add", f"{_ACTS}:add_series", _OF, show=_tree)
series.offer("change", f"{_ACTS}:change_series", _OF, _SERIES, show=_tree)
series.offer("remove", f"{_ACTS}:remove_series", _OF, _SERIES, show=_tree)
series.offer("put", f"{_ACTS}:put_in_series", _SERIES, show=_moved)
