"""archive search: full text over what the account may read."""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import CommandUsageError
from archive_service.cli.output import DAY, emit, say, with_json
from search.order import By, Order
from search.part import part_words

if TYPE_CHECKING:
    from search.conditions import Conditions
    from search.documents import ToldDocument, ValueDocument
    from search.export.acts import Form
    from search.export.columns import Column

_VALUES = 10  # of each facet that is shown in words; JSON has all


@click.command()
@with_json
@click.argument("query", default="")
@click.option("--agency", multiple=True, help="Identifier of an agency.")
@click.option("--fonds", multiple=True, help="Code of a fonds.")
@click.option("--series", multiple=True, help="ID of a series.")
@click.option("--year", multiple=True, type=click.IntRange(1000, 9999),
              help="Year of the case file.")  # fmt: skip
@click.option("--type", multiple=True, help="Type of document, code or label.")
@click.option("--issuer", multiple=True, help="Who issued the document, as it is written.")
@click.option("--signer", multiple=True, help="Who signed it, as it is written.")
@click.option("--mode", multiple=True, help="Condition of access, code or label.")
@click.option("--term", multiple=True, help="Retention: permanent, or a number of years.")
@click.option("--format", multiple=True, help="Ending of the file's name, such as pdf.")
@click.option("--source", multiple=True, help="Read from paper, or made as a file.",
              type=click.Choice(["scan", "born-digital"]))  # fmt: skip
@click.option("--language", multiple=True, help="Language, code or label.")
@click.option("--from", "from_on", type=DAY, help="Documents from this day on.")
@click.option("--to", "to_on", type=DAY, help="Documents up to this day.")
@click.option("--case-file", multiple=True, help="Code of a case file to search within.")
@click.option(
    "--by",
    type=click.Choice(get_args(By)),
    default="page",
    show_default=True,
    help="Each page found, or each document once with its best page.",
)
@click.option(
    "--sort",
    "order",
    type=click.Choice(get_args(Order)),
    default="relevance",
    show_default=True,
    help="Order of the hits.",
)
@click.option(
    "--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="Hits at a time."
)
@click.option("--cursor", help="Where the last page of hits ended.")
@click.option("--facets", is_flag=True, help="Say of each value how many hits it would leave.")
@click.option("--export", "target", type=click.Path(dir_okay=False, path_type=Path),
              help="Write all hits into this file, .xlsx, .csv, .docx or .pdf.")  # fmt: skip
@click.option("--column", multiple=True, help="Of that table: this column; all where none is.")
@pass_cli
def search(
    cli: Cli,
    /,
    query: str,
    from_on: dt.datetime | None,
    to_on: dt.datetime | None,
    target: Path | None,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Search words, "phrases" and numbers such as 155/2020/NĐ-CP; marks may be left out.

    -WORD leaves out, A OR B takes either, BEGIN* all that begins so; mã: số: "tiêu đề": năm: loại:
    "cơ quan": "cơ quan ban hành": "người ký": ngày: từ: đến: phông: "hồ sơ": "truy cập":
    "thời hạn": "định dạng": "ngôn ngữ": are conditions, and -năm:2025 leaves that year out. An
    option that is given several times widens what it lets through. Conditions without words list
    documents, the newest first.
    """
    from search.acts import find
    from search.conditions import Conditions, Shown
    from search.tally import count_search

    column = given.pop("column")
    shown = Shown(**{name: given.pop(name) for name in Shown.model_fields})
    days = (from_on.date() if from_on else None, to_on.date() if to_on else None)
    conditions = Conditions.of_dimensions(given, given["case_file"], *days)
    if target is not None:
        _export(cli, query, target, column, shown.order, conditions, as_json=as_json)
        return
    document = find(cli.services, query, actor=cli.actor, conditions=conditions, shown=shown)
    if shown.cursor is None:
        count_search(cli.services, document)
    if as_json:
        absent = {name for name in ("told", "facets") if getattr(document, name) is None}
        emit(document.model_dump(mode="json", exclude=absent))
        return
    click.echo(cli.said("search.found", total=document.total, took_ms=document.took_ms))
    _say_told(cli, document.told)
    for hit in document.hits:
        where = cli.said("search.page", page=hit.page) if hit.page else ""
        if hit.part:
            where = f", {part_words(hit.part, cli.lang)}"
        click.secho(f"{hit.code}  {hit.title}{where}", bold=True)
        if hit.snippet:
            click.echo(f"  {hit.snippet}")
    for name, values in (document.facets or {}).items():
        head = messages.text(f"pages.search.facet_{name}", cli.lang)
        for value in values[:_VALUES]:
            called = _called(name, value, cli.lang)
            click.echo(f"{head}  {value.value}  {called}({value.hits})")


def _say_told(cli: Cli, told: "ToldDocument | None") -> None:
    from search.acts import notes_of

    for note, instead in notes_of(told, partial(messages.text, lang=cli.lang)):
        click.echo(f"{note} {instead}".rstrip())


def _export(
    cli: Cli,
    query: str,
    target: Path,
    column: tuple[str, ...],
    order: Order,
    conditions: "Conditions",
    *,
    as_json: bool,
) -> None:
    from search.export.acts import Taken, export_hits
    from search.export.columns import COLUMNS

    form, columns = table_of(cli, target, column, COLUMNS)
    taken = Taken(form=form, columns=columns, order=order, conditions=conditions)
    done = export_hits(cli.services, query, taken, actor=cli.writer, lang=cli.lang, target=target)
    if as_json:
        emit(done)
        return
    say(cli.said("search.exported", file=done.file, hits=done.hits))
    _say_told(cli, done.told)


def table_of(
    cli: Cli, target: Path, column: Sequence[str], known: "tuple[Column, ...]"
) -> "tuple[Form, tuple[Column, ...]]":
    """Form and columns of a table in this file; ``CommandUsageError`` for an unknown one."""
    from search.export.acts import FORMS

    ending = target.suffix.removeprefix(".").lower()
    form = next((form for form in FORMS if form == ending), None)
    if form is None:
        raise CommandUsageError(reason=cli.said("search.export-form", file=target.name))
    columns: dict[str, Column] = {name: name for name in known}
    if unknown := next((name for name in column if name not in columns), None):
        names = ", ".join(known)
        raise CommandUsageError(reason=cli.said("search.column", name=unknown, names=names))
    return form, tuple(columns[name] for name in column) or known


def _called(dimension: str, value: "ValueDocument", lang: str) -> str:
    from search.facets import in_words

    called = in_words(dimension, value.name, lang)
    return "" if called == value.value else f"{called}  "
