"""archive term: controlled lists of keywords, persons and places."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import read_given
from archive_service.cli.output import WORDS, emit, say, table, with_json

if TYPE_CHECKING:
    from archive_service.catalogue.vocabularies.documents import TermDocument

KINDS = ("keyword", "person", "place")

kind_option = click.option(
    "--kind", type=click.Choice(KINDS), default="keyword", show_default=True, help="Which list."
)


def with_variants(command: Callable[..., Any]) -> Callable[..., Any]:
    """How else it is written, and a note."""
    command = click.option("--note", help="What a reader of the list should know.")(command)
    return click.option("--variant", "variants", multiple=True, help="Written otherwise; repeat.")(
        command
    )


@click.group("term")
def term() -> None:
    """Controlled lists of keywords, persons and places."""


@term.command()
@with_json
@click.argument("name", type=WORDS)
@kind_option
@with_variants
@pass_cli
def add(
    cli: Cli, name: str, kind: str, variants: tuple[str, ...], note: str | None, *, as_json: bool
) -> None:
    """Add a term."""
    from archive_service.catalogue.vocabularies import acts as vocabularies_acts
    from archive_service.catalogue.vocabularies.given import TermIn

    facts = {"kind": kind, "name": name, "variants": variants, "note": note}
    term = vocabularies_acts.add(cli.services, read_given(TermIn, facts), actor=cli.writer)
    _answer(cli, "term.added", term, as_json=as_json)


@term.command()
@with_json
@click.argument("name", type=WORDS)
@kind_option
@click.option("--name", "new_name", type=WORDS, help="Its name from now on; the old one stays.")
@with_variants
@pass_cli
def change(
    cli: Cli,
    name: str,
    kind: str,
    new_name: str | None,
    variants: tuple[str, ...],
    note: str | None,
    *,
    as_json: bool,
) -> None:
    """Change a term; variants that are given are all that it has then."""
    from archive_service.catalogue.vocabularies import acts as vocabularies_acts
    from archive_service.catalogue.vocabularies.given import TermChange
    from archive_service.domain.agencies.term import TermKind

    term_id = vocabularies_acts.find(cli.services, TermKind(kind), name, actor=cli.writer)
    given = read_given(TermChange, {"name": new_name, "variants": variants, "note": note})
    term = vocabularies_acts.change(cli.services, term_id, given, actor=cli.writer)
    _answer(cli, "term.changed", term, as_json=as_json)


@term.command("list")
@with_json
@click.option("--kind", type=click.Choice(KINDS), help="Of one list.")
@click.option("--text", default="", help="A part of a name or variant, marks optional.")
@click.option("--candidates", is_flag=True, help="Texts that no term is written like (--kind).")
@pass_cli
def list_(cli: Cli, kind: str | None, text: str, *, candidates: bool, as_json: bool) -> None:
    """List terms with their uses, or texts that nobody adopted yet."""
    from archive_service import messages
    from archive_service.catalogue.vocabularies import acts as vocabularies_acts
    from archive_service.domain.agencies.term import TermKind

    if candidates:
        of = TermKind(kind or "keyword")
        texts = vocabularies_acts.candidates(cli.services, of, actor=cli.actor, limit=200)
        if as_json:
            emit({"candidates": texts})
        else:
            heads = cli.heads("term.name", "term.uses")
            table(heads, ([entry.name, entry.uses] for entry in texts), whole=1)
        return
    of_kind = TermKind(kind) if kind else None
    found, _ = vocabularies_acts.list_page(
        cli.services, actor=cli.actor, kind=of_kind, text=text, limit=None
    )
    if as_json:
        emit({"terms": found})
        return
    heads = cli.heads("term.kind", "term.name", "term.variants", "term.uses", "term.otherwise")
    lines = (
        [
            messages.label("term-kinds", entry.kind, cli.lang),
            entry.name,
            "; ".join(entry.variants),
            entry.uses,
            entry.otherwise,
        ]
        for entry in found
    )
    table(heads, lines, whole=2)


@term.command()
@with_json
@click.argument("name", type=WORDS)
@click.argument("into", type=WORDS)
@kind_option
@pass_cli
def merge(cli: Cli, name: str, into: str, kind: str, *, as_json: bool) -> None:
    """Let the term INTO stand in the place of NAME; no case file is changed."""
    from archive_service.catalogue.vocabularies import acts as vocabularies_acts
    from archive_service.catalogue.vocabularies.given import MergeIn
    from archive_service.domain.agencies.term import TermKind

    ids = [
        vocabularies_acts.find(cli.services, TermKind(kind), one, actor=cli.writer)
        for one in (name, into)
    ]
    merged = vocabularies_acts.merge(cli.services, ids[0], MergeIn(into=ids[1]), actor=cli.writer)
    if as_json:
        emit(merged)
    else:
        say(cli.said("term.merged", name=merged.term.name, count=merged.case_files))


@term.command()
@with_json
@click.argument("name", type=WORDS)
@kind_option
@click.option("--reason", required=True, type=WORDS, help="Why they are described anew.")
@pass_cli
def describe(cli: Cli, name: str, kind: str, reason: str, *, as_json: bool) -> None:
    """Write the name in place of the variants, in at most fifty case files."""
    from archive_service.catalogue.vocabularies import acts as vocabularies_acts
    from archive_service.catalogue.vocabularies.given import ReasonIn
    from archive_service.domain.agencies.term import TermKind

    term_id = vocabularies_acts.find(cli.services, TermKind(kind), name, actor=cli.writer)
    given = ReasonIn(reason=reason)
    result = vocabularies_acts.describe_anew(cli.services, term_id, given, actor=cli.writer)
    if as_json:
        emit(result)
        return
    say(cli.said("term.described", count=len(result.described), left=result.left))
    for entry in result.refused:
        say(cli.said("term.refused", code=entry.code, error=entry.error))


def _answer(cli: Cli, word: str, told: "TermDocument", *, as_json: bool) -> None:
    if as_json:
        emit(told)
    else:
        say(cli.said(word, name=told.name))
