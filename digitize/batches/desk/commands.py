"""archive scan list, show, edit, tickets: batches on the desk."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, say, table, told, with_json
from archive_service.document import Document

if TYPE_CHECKING:
    from digitize.batches.documents import BatchDetail, FindingRow

_MOST = 1_000_000
STATES = ("receiving", "reading", "review", "released", "rejected", "stopped")


@click.command("list")
@with_json
@click.option("--text", default="", help="Part of a number, a code or the station's own name.")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only these.")
@click.option("--station", default="", help="Only of this station.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="At most so many.",
)
@pass_cli
def list_(cli: Cli, /, *, as_json: bool, **asked: Any) -> None:
    """List batches, the newest first."""
    from digitize.batches.queue.views import list_batches

    rows, total = list_batches(cli.services, actor=cli.actor, **asked)
    if as_json:
        emit({"batches": rows, "total": total})
        return
    columns = ("batch", "state", "station", "code", "pages", "undecided", "created_at")
    heads = cli.heads(*(f"scan.{column}" for column in columns))
    cells = ([_cell(row, column, cli.lang) for column in columns] for row in rows)
    table(heads, cells, whole=1)


@click.command()
@with_json
@click.argument("batch")
@click.option("--flagged", is_flag=True, help="Only pages that a person has to look at.")
@pass_cli
def show(cli: Cli, /, batch: str, *, flagged: bool, as_json: bool) -> None:
    """Show a batch with its documents, pages, findings and edits; exit 1 while findings stop it."""
    from digitize.batches.queue.views import show_batch

    row = show_batch(cli.services, batch, actor=cli.actor, lang=cli.lang, flagged=flagged)
    if as_json:
        emit(row)
    else:
        _show(cli, row)
    if row["errors"]:
        click.get_current_context().exit(Exit.PROBLEMS)


@click.command()
@with_json
@click.argument("batch")
@click.argument("kind")
@click.option("--page", help="Number of a page as shown, or its id.")
@click.option("--after", help="Number or id of the page behind which to put it.")
@click.option("--document", help="Number of a document of the batch, or its id.")
@click.option("--before", help="Number of the document before which a new one stands.")
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The image to insert, or to put in the place of a page.",
)
@click.option("--turn", type=int, help="Degrees clockwise, in quarters.")
@click.option("--dpi", type=float, help="Resolution of the page.")
@click.option("--paper", help="A3, A4, A5 or F4, in place of --dpi.")
@click.option("--numbers", help="With set-dpi: pages without a resolution, all or such as 1-20,33.")
@click.option("--code", help="Code of a case file.")
@click.option("--ordinal", type=click.IntRange(min=1), help="Of the document in its list.")
@click.option("--where", help="Where an original without image lies.")
@click.option("--finding", help="Key of a finding, as show tells it.")
@click.option("--field", help="Of page 1: issuer number symbol date type abstract signer …")
@click.option("--value", help="What to take in place of what was read.")
@click.option("--reason", help="Why.")
@pass_cli
def edit(
    cli: Cli, /, batch: str, kind: str, path: Path | None, *, as_json: bool, **given: Any
) -> None:
    """Do one act on a batch.

    KIND: insert replace move rotate remove split join assign without-image set-dpi keep rescan
    undecide decide take refuse take-all.
    """
    from digitize.batches.desk import acts as desk_acts
    from digitize.batches.queue.views import show_batch

    services, actor = cli.services, cli.writer
    facts = {name: value for name, value in given.items() if value is not None}
    if {"page", "after", "document", "before"} & facts.keys():
        row = show_batch(services, batch, actor=actor, lang=cli.lang)
        facts = _with_ids(facts, row)
    if path is None:
        done = desk_acts.edit(services, batch, kind, facts, actor=actor)
    else:
        with path.open("rb") as source:
            done = desk_acts.edit_with_file(
                services, batch, kind, facts, name=path.name, source=source, actor=actor
            )
    tell(cli, "scan.edited", done, as_json=as_json)


@click.command()
@with_json
@click.option("--station", default="", help="Only of this station.")
@click.option("--all", "finished", is_flag=True, help="Answered ones too.")
@pass_cli
def tickets(cli: Cli, /, station: str, *, finished: bool, as_json: bool) -> None:
    """List pages that a station has to scan again, and why."""
    from digitize.batches.queue.views import list_tickets

    rows, total = list_tickets(
        cli.services,
        actor=cli.actor,
        station=station,
        finished=finished,
        limit=_MOST,
        lang=cli.lang,
    )
    if as_json:
        emit({"tickets": rows, "total": total})
        return
    heads = cli.heads("scan.batch", "scan.page", "scan.station", "scan.opened_at", "scan.reasons")
    table(
        heads,
        (
            [
                row["batch"],
                row["page_name"],
                row["station"],
                told(row["opened_at"]),
                " ".join(
                    [row["reason"], *(reason["message"] for reason in row["reasons"])]
                ).strip(),
            ]
            for row in rows
        ),
    )


def _with_ids(facts: dict[str, Any], row: "BatchDetail") -> dict[str, Any]:
    """Numbers as people see them become ids; what is no number is an id already."""
    pages = {str(page["number"]): page["id"] for page in row["pages"] if page["number"]}
    documents = {str(document["ordinal"]): document["id"] for document in row["documents"]}
    named = {"page": pages, "after": pages, "document": documents, "before": documents}
    return {
        name: named[name].get(value, value) if name in named else value
        for name, value in facts.items()
    }


def tell(cli: Cli, key: str, done: Document, *, as_json: bool) -> None:
    """What was done with a batch, in the words of ``key``."""
    document = done.as_json()
    if as_json:
        emit(document)
        return
    kind = messages.label("scan-edits", document["kind"], cli.lang) if "kind" in document else ""
    say(cli.said(key, **(document | {"kind": kind})))


def _cell(row: Mapping[str, Any], column: str, lang: str) -> str:
    if column == "state":
        return messages.label("batch-states", row["state"], lang)
    return told(row[column])


def _show(cli: Cli, row: "BatchDetail") -> None:
    state = messages.label("batch-states", row["state"], cli.lang)
    head = {**row, "state": state, "pages": row["progress"]["total"]}
    click.echo(cli.said("scan.head", **head))
    for finding in row["findings"]:
        _say_finding(finding)
    for document in row["documents"]:
        named = {"code": document["code"] or "–", "document": document["document"] or "–"}
        click.echo(cli.said("scan.document", **{**document, **named}))
        for finding in document["findings"]:
            _say_finding(finding)
    flags = messages.labels("scan-flags", cli.lang)
    heads = cli.heads("scan.number", "scan.page", "scan.verdict", "scan.decision", "scan.codes")
    rows = [
        [
            told(page["number"]),
            page["name"],
            messages.label("page-verdicts", page["verdict"], cli.lang) if page["verdict"] else "",
            messages.label("page-decisions", page["decision"], cli.lang)
            if page["decision"]
            else "",
            ", ".join(flags.get(code, code) for code in page["codes"]),
        ]
        for page in row["pages"]
    ]
    table(heads, rows)


def _say_finding(finding: "FindingRow") -> None:
    decided = finding["decided"]
    word = f" [{decided['reason']}]" if decided else ""
    click.echo(f"  {finding['key']}: {finding['message']}{word}")
