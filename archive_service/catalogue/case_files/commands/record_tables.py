"""The record of one document as tables on a terminal, in the words of its page."""

from collections.abc import Iterable, Sequence
from typing import Any

import click

from archive_service import messages
from archive_service.catalogue.case_files.record_words import (
    compared_words,
    event_words,
    field_rows,
    handling_rows,
    relation_words,
    right_rows,
    signature_words,
)
from archive_service.cli.context import Cli
from archive_service.cli.output import heading, table, told
from archive_service.forms.words import size

_PAGE = "pages.document_record"


def show_record(cli: Cli, record: dict[str, Any]) -> None:
    """Description, rights, recalls, files, copies, relations, places, events and use."""
    heading(f"{record['code']} · {record['ordinal']} · {record['title']}")
    if record["reduced"]:
        click.secho(messages.text(f"{_PAGE}.reduced", cli.lang), fg="yellow")
    of_value = cli.heads("record.value")
    for key, rows in (
        ("description", field_rows(record, cli.lang)),
        ("rights", right_rows(record["rights"], cli.lang)),
        ("handling", handling_rows(record["handling"], cli.lang)),
    ):
        if not rows:
            continue
        heads = [messages.text(f"{_PAGE}.{key}", cli.lang), *of_value]
        table(heads, [row for row in rows if row[1]], whole=1)
    _part(cli, "recalls", ("state", "recall-at", "reason"), _recalls(cli, record))
    _part(cli, "files", ("role", "format", "pages", "version"), _files(cli, record))
    for file in record["files"]:
        for fact in _file_facts(cli, file):
            click.echo(f"  {file['name']}: {fact}")
    _part(cli, "copies", ("result", "verified_at"), _copies(cli, record))
    _part(cli, "relations", ("document",), _relations(cli, record))
    _part(cli, "also_in", ("ordinal",), [(at["code"], at["ordinal"]) for at in record["also_in"]])
    _part(cli, "events", ("at", "result", "agent"), _events(cli, record))
    _part(cli, "uses", ("at", "who"), _uses(cli, record))


def show_signatures(cli: Cli, compared: dict[str, Any]) -> None:
    """Each signature as it stood at intake and as it stands now, with what proves or changed it."""
    page = "pages.signatures_now"
    heading(f"{compared['code']} · {compared['ordinal']} · {compared['title']}")
    if compared["now_at"]:
        key = "asked" if compared["asked"] else "not_asked"
        click.echo(messages.text(f"{page}.{key}", cli.lang))
    if not compared["signatures"]:
        click.echo(messages.text(f"{page}.empty", cli.lang))
    for row in compared["signatures"]:
        words = compared_words(row, cli.lang)
        heading(f"{words['signer']} · {words['file']}")
        then = messages.text(f"{page}.then", cli.lang, at=words["then_at"] or "")
        click.echo(f"{then}: {words['then']}")
        if compared["now_at"]:
            again = words["now"] or messages.text(f"{page}.none", cli.lang)
            click.echo(f"{messages.text(f'{page}.now', cli.lang)}: {again}")
        for note in words["notes"]:
            click.echo(f"  {note}")


def _part(cli: Cli, name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table whose first heading names the part; nothing where there is no row."""
    if lines := list(rows):
        table(cli.heads(f"record.{name}", *(f"record.{head}" for head in heads)), lines)


def _recalls(cli: Cli, record: dict[str, Any]) -> list[Sequence[object]]:
    return [
        (
            messages.label("recall-kinds", recall["kind"], cli.lang),
            messages.label("recall-states", recall["state"], cli.lang),
            told(recall["decided_at"] or recall["asked_at"]),
            recall["reason"],
        )
        for recall in record["recalls"]
    ]


def _files(cli: Cli, record: dict[str, Any]) -> list[Sequence[object]]:
    return [
        (
            f"{file['name']} ({size(file['size_bytes'])})",
            messages.label("file-roles", file["role"], cli.lang),
            file["format_name"] or file["media_type"],
            file["pages"],
            file["version"],
        )
        for file in record["files"]
    ]


def _file_facts(cli: Cli, file: dict[str, Any]) -> list[str]:
    """What is too long for a table: digest, sources, signatures, and why words are not read."""
    facts = [f"SHA-256 {file['sha256']}"]
    if sources := file["derived_from"]:
        facts.append(messages.text(f"{_PAGE}.derived", cli.lang, files=", ".join(sources)))
    facts += [signature_words(signature, cli.lang) for signature in file["signatures"]]
    if reason := file["words_unread"]:
        words = messages.label("words-unread", reason, cli.lang)
        facts.append(messages.text(f"{_PAGE}.words_unread", cli.lang, reason=words))
    return facts


def _copies(cli: Cli, record: dict[str, Any]) -> list[Sequence[object]]:
    return [
        (
            copy["copy"],
            messages.label("copy-states", copy["state"], cli.lang),
            told(copy["verified_at"]),
        )
        for copy in record["copies"]
    ]


def _relations(cli: Cli, record: dict[str, Any]) -> list[Sequence[object]]:
    return [
        (
            relation_words(relation, cli.lang),
            f"{relation['target']} ({relation['code']} · {relation['ordinal']})"
            if relation["code"]
            else relation["target"],
        )
        for relation in record["relations"]
    ]


def _events(cli: Cli, record: dict[str, Any]) -> list[Sequence[object]]:
    nobody = messages.text("pages.case_file.system", cli.lang)
    shown = (event_words(event, cli.lang) for event in record["events"])
    return [
        (
            "\n".join(part for part in (entry["type"], entry["detail"]) if part),
            told(entry["at"]),
            "\n".join(part for part in (entry["outcome"], entry["note"]) if part),
            entry["agent"] or nobody,
        )
        for entry in shown
    ]


def _uses(cli: Cli, record: dict[str, Any]) -> list[Sequence[object]]:
    return [
        (messages.label("events", use["tag"], cli.lang), told(use["at"]), use["who"])
        for use in record["uses"] or []
    ]
