"""archive case: what is held."""

from typing import TYPE_CHECKING

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, table, told, with_json

if TYPE_CHECKING:
    from archive_service.catalogue.case_files.case_documents import DocumentDocument, FileDocument
    from archive_service.catalogue.case_files.documents import CaseDocument, CaseSummary
    from archive_service.catalogue.holdings.text_documents import CaseTextDocument

_NAMED = 2  # files of a document


@click.group(cls=ActGroup)
def case() -> None:
    """Case files in custody."""


@case.command("list")
@with_json
@click.option("--text", default="", help="Part of a code or title.")
@click.option("--year", type=int, help="Only this year.")
@click.option("--incomplete", is_flag=True, help="Only those whose paper half is to come.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@pass_cli
def list_(
    cli: Cli, text: str, year: int | None, limit: int | None, *, incomplete: bool, as_json: bool
) -> None:
    """List case files by code."""
    from archive_service.catalogue.case_files import queries

    documents = queries.list_case_files(
        cli.services,
        actor=cli.actor,
        text=text,
        year=year,
        complete=False if incomplete else None,
        limit=limit,
    )
    if as_json:
        emit({"cases": documents})
        return
    columns = ("code", "state", "digitization", "document_count", "title")
    heads = cli.heads(*(f"case.{column}" for column in columns))
    rows = ([_cell(row, column, cli.lang) for column in columns] for row in documents)
    table(heads, rows, whole=1)


def _shown(cli: Cli, document: "CaseDocument", *, as_json: bool) -> None:
    emit(document) if as_json else _show(cli, document)


def _show_text(cli: Cli, texts: "CaseTextDocument", *, as_json: bool) -> None:
    from search.part import part_words

    if as_json:
        emit(texts)
        return
    for document in texts.documents:
        for page in document.pages:
            where = cli.said("case.page", ordinal=document.ordinal, page=page.number)
            if page.part:
                where = f"{where}: {part_words(page.part, cli.lang)}"
            click.secho(f"— {where}", dim=True)
            click.echo(page.text)


def _cell(row: "CaseSummary", column: str, lang: str) -> object:
    """A state in words, of what is being destroyed too; anything else as it is."""
    groups = {"state": "case-states", "digitization": "digitization-states"}
    group = groups.get(column)
    value = row.standing if column == "state" else getattr(row, column)
    return messages.label(group, value, lang) if group else value


def _names(cli: Cli, files: "list[FileDocument]") -> str:
    """The first names, and how many more there are."""
    names = ", ".join(file.name for file in files[:_NAMED])
    more = len(files) - _NAMED
    return f"{names} {cli.said('case.more-files', count=more)}" if more > 0 else names


def _title(cli: Cli, item: "DocumentDocument") -> str:
    """Its title; of a linked document also where it lies, of others why they no longer stand."""
    from archive_service.catalogue.case_files.case_documents import LinkedDocument

    notes = []
    if isinstance(item, LinkedDocument):
        notes.append(cli.said("links.kept_in", **item.kept_in))
    if since := item.replaced_in:
        newer = item.replaced_by
        key = "case.replaced_by" if newer else "case.replaced_in"
        notes.append(cli.said(key, ordinal=newer and newer["ordinal"], version=since))
    if moved := item.moved_to:
        notes.append(cli.said("case.moved_to", code=moved["code"], ordinal=moved["ordinal"]))
    if recalled := item.recalled_at:
        notes.append(cli.said("case.recalled", at=recalled))
    return f"{item.title} ({'; '.join(notes)})" if notes else item.title


def _show(cli: Cli, document: "CaseDocument") -> None:
    from retention.terms.explain import kept_words

    state = messages.label("case-states", document.standing, cli.lang)
    click.secho(f"{document.code}  {state}", bold=True)
    click.echo(f"  {document.title}")
    term = document.retention
    kept_for = kept_words(term.ends_on, cli.lang, permanent=term.permanent)
    click.echo(f"  {told(document.start_date)} – {told(document.end_date)}, {kept_for}")
    if there := document.handed_over:
        facts = {"code": "–"} | (there.receipt or {}) | dict(there)
        click.echo(f"  {cli.said('transfer.handed-over', **facts)}")
    if before := document.former_custody:
        click.echo(f"  {cli.said('case.taken_over', **dict(before))}")
    for held in document.holds:
        words = {"on": held.placed_at, "reason": held.reason, "authority": held.authority}
        key = "hold.shown" if held.reason else "hold.shown-reduced"
        click.secho(f"  {cli.said(key, **words)}", fg="yellow")
    if not document.complete:
        click.secho(f"  {messages.label('paper-states', 'expected', cli.lang)}", fg="yellow")
    package = document.package
    version = cli.said("case.version", number=package.version)
    click.echo(f"  {package.ocfl_id}, {version}")
    for copy in package.copies:
        stands = messages.label("copy-states", copy.state, cli.lang)
        click.echo(f"    {copy.name}: {stands}, {told(copy.verified_at)}")
    rows = [
        (item.ordinal, _title(cli, item), item.pages, _names(cli, item.files))
        for item in sorted([*document.documents, *document.links], key=lambda item: item.ordinal)
    ]
    table(cli.heads("ordinal", "document", "pages", "files"), rows)


_QUERIES = "archive_service.catalogue.case_files.queries"
_TEXTS = "archive_service.catalogue.holdings.texts"
_CODE = click.Argument(["code"])
case.offer("show", f"{_QUERIES}:case_file", _CODE, show=_shown, reads=True)
_QUARANTINE = "archive_service.keeping.malware.quarantine"
_PLACE = (_CODE, click.Argument(["document"]))
_REASON = click.Option(["--reason"], required=True, help="Why: it stands in the audit trail.")
case.offer(
    "quarantine",
    f"{_QUARANTINE}:quarantine",
    *_PLACE,
    more=(_REASON,),
    show=worded("malware.quarantined"),
)
case.offer(
    "release", f"{_QUARANTINE}:release", *_PLACE, more=(_REASON,), show=worded("malware.released")
)
case.offer("text", f"{_TEXTS}:case_texts", _CODE, show=_show_text, reads=True)
