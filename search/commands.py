"""archive search: full text over what the account may read."""

import datetime as dt
from functools import partial
from typing import Any

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import DAY, emit, with_json
from search.part import part_words


@click.command()
@with_json
@click.argument("query")
@click.option("--agency", help="Identifier of an agency.")
@click.option("--year", type=int, help="Year of the case file.")
@click.option("--type", "kind", help="Type of document, code or label.")
@click.option("--from", "from_on", type=DAY, help="Documents from this day on.")
@click.option("--to", "to_on", type=DAY, help="Documents up to this day.")
@click.option("--case-file", help="Code of the case file to search within.")
@click.option(
    "--by",
    type=click.Choice(["page", "document"]),
    default="page",
    show_default=True,
    help="Each page found, or each document once with its best page.",
)
@click.option(
    "--sort",
    "order",
    type=click.Choice(["relevance", "newest", "oldest", "code", "title"]),
    default="relevance",
    show_default=True,
    help="Order of the hits.",
)
@click.option(
    "--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="Hits at a time."
)
@click.option("--cursor", help="Where the last page of hits ended.")
@pass_cli
def search(
    cli: Cli,
    /,
    query: str,
    from_on: dt.datetime | None,
    to_on: dt.datetime | None,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Search words, "phrases" and numbers such as 155/2020/NĐ-CP; marks may be left out.

    -WORD leaves out, A OR B takes either, BEGIN* all that begins so; mã: số: năm: loại: "cơ
    quan": "người ký": từ: đến: are conditions.
    """
    from search.acts import Narrow, find, notes_of

    shown = {name: given.pop(name) for name in ("by", "order", "limit", "cursor")}
    narrow = Narrow(
        from_on=from_on.date() if from_on else None,
        to_on=to_on.date() if to_on else None,
        **given,
    )
    document = find(cli.services, query, actor=cli.actor, narrow=narrow, **shown)
    if as_json:
        emit(document)
        return
    click.echo(cli.said("search.found", total=document["total"], took_ms=document["took_ms"]))
    words = partial(messages.text, lang=cli.lang)
    for note, instead in notes_of(document.get("told"), words):
        click.echo(f"{note} {instead}".rstrip())
    for hit in document["hits"]:
        where = cli.said("search.page", page=hit["page"]) if hit["page"] else ""
        if hit["part"]:
            where = f", {part_words(hit['part'], cli.lang)}"
        click.secho(f"{hit['code']}  {hit['title']}{where}", bold=True)
        if hit["snippet"]:
            click.echo(f"  {hit['snippet']}")
