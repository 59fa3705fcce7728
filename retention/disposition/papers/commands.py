"""archive disposition certificate, papers, print, ask: the file of a destruction."""

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import DAY, WORDS, emit, say, table, told, with_json
from archive_service.errors import InputError

_LIST = click.argument("disposition_id", metavar="ID", type=click.UUID)
_TO = click.option(
    "--to", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where to write."
)


class MinutesTextError(InputError):
    """The file with the minutes is no text in UTF-8."""

    code = "disposition-minutes-text"


def text_of(path: Path) -> str:
    """The minutes in a file."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise MinutesTextError(name=path.name) from None


@click.command()
@with_json
@_LIST
@_TO
@click.pass_context
def certificate(ctx: click.Context, disposition_id: UUID, to: Path, *, as_json: bool) -> None:
    """Write the certificate of destruction, and ask every place anew.

    The signed PDF/A, or its data where --to ends in .json. Exit 5 where something that was said to
    be gone is there.
    """
    from retention.disposition.papers.reading import write_certificate

    cli: Cli = ctx.obj
    document = write_certificate(cli.services, disposition_id, to, actor=cli.writer)
    found = document["comparison"]
    if as_json:
        emit(document)
    else:
        _compared(cli, document)
        say(str(to))
    if found["found_again"] or not found["data_intact"]:
        ctx.exit(Exit.INTEGRITY)


@click.command()
@with_json
@_LIST
@click.option("--make", is_flag=True, help="First make what the list calls for and lacks.")
@pass_cli
def papers(cli: Cli, disposition_id: UUID, *, make: bool, as_json: bool) -> None:
    """The papers of the destruction file of a list."""
    from retention.disposition.papers import reading as papers_reading

    made = []
    if make:
        made = papers_reading.make(cli.services, disposition_id, actor=cli.writer)
    found = papers_reading.papers_of(cli.services, disposition_id, actor=cli.actor)
    if as_json:
        emit({"papers": found, "made": made})
        return
    heads = [cli.said(f"disposition.paper-heads.{name}") for name in _HEADS]
    rows = [
        (
            entry["form"],
            _label(cli, "disposition-form", entry["form"]),
            told(entry["number"]),
            told(entry["made_at"]),
            ", ".join(f"{by['signer']} ({_state(cli, by)})" for by in entry["signatures"]),
        )
        for entry in found
    ]
    table(heads, rows, whole=1)


@click.command("print")
@_LIST
@click.argument("form")
@_TO
@pass_cli
def print_(cli: Cli, disposition_id: UUID, form: str, to: Path) -> None:
    """Write one paper: PDF/A; of the list also .docx or .xlsx, by the suffix of --to."""
    from retention.disposition.papers.reading import read_paper, write_form

    suffix = to.suffix.lstrip(".").lower()
    if suffix in ("docx", "xlsx"):
        _, data = write_form(cli.services, disposition_id, form, suffix, actor=cli.actor)
    else:
        _, data = read_paper(cli.services, disposition_id, form, actor=cli.actor)
    to.write_bytes(data)
    say(str(to))


@click.command()
@with_json
@_LIST
@click.argument("code")
@click.option("--by", type=WORDS, required=True, help="Who destroyed it.")
@click.option("--on", type=DAY, help="When; default today.")
@click.option("--method", type=WORDS, required=True, help="How.")
@pass_cli
def paper(
    cli: Cli,
    disposition_id: UUID,
    code: str,
    by: str,
    on: dt.datetime | None,
    method: str,
    *,
    as_json: bool,
) -> None:
    """Note that the paper half of a case file was destroyed."""
    from archive_service import clock
    from retention.disposition.execution import note_paper

    day = on.date() if on else clock.today()
    document = note_paper(
        cli.services,
        disposition_id,
        code,
        by=by,
        on=day,
        method=method,
        actor=cli.writer,
        lang=cli.lang,
    )
    if as_json:
        emit(document)
    else:
        say(cli.said("disposition.paper-noted", code=code))


_HEADS = ("form", "paper", "number", "made_at", "signatures")
_PLACE_HEADS = ("code", "place", "said", "now")


def _compared(cli: Cli, document: dict[str, Any]) -> None:
    from retention.disposition.papers.certificate_form import place_words

    heads = [cli.said(f"disposition.place-heads.{name}") for name in _PLACE_HEADS]
    rows = [
        (
            case_file["code"],
            place_words(place["place"], cli.lang),
            _label(cli, "removal-state", place["said"]) if place["said"] else "",
            _label(cli, "removal-state", place["now"]),
        )
        for case_file in document["comparison"]["case_files"]
        for place in case_file["places"]
    ]
    table(heads, rows, whole=1)
    found, paper = document["comparison"], document["paper"]
    say(
        cli.said(
            "disposition.certified",
            number=paper["number"],
            open=document["certificate"]["open"],
            again=found["found_again"],
        )
    )
    if not found["data_intact"]:
        say(cli.said("disposition.data-changed"))


def _state(cli: Cli, signature: dict[str, Any]) -> str:
    return _label(cli, "disposition-signature", signature["state"])


def _label(cli: Cli, group: str, word: str) -> str:
    return messages.text(f"labels.{group}.{word}", cli.lang)
