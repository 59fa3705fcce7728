"""archive retention: how long, and why."""

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import DAY, emit, say, table, with_json

if TYPE_CHECKING:
    from retention.terms.documents import ChosenRuleDocument, MovedDocument


@click.group(cls=ActGroup)
def retention() -> None:
    """Terms of retention (thời hạn lưu trữ)."""


@retention.command()
@with_json
@click.argument("code")
@pass_cli
def explain(cli: Cli, code: str, *, as_json: bool) -> None:
    """Why a case file is kept until its last day, each step with its citation."""
    from retention.terms.acts import explain_case_file

    document = explain_case_file(cli.services, code, actor=cli.actor, lang=cli.lang)
    if as_json:
        emit(document)
        return
    for step in document.steps:
        click.echo(step.text)
        click.secho(f"  {step.citation}", dim=True)


@retention.command()
@with_json
@click.argument("code")
@click.option("--kind", help="What happened: contract-ends, document-expires, death …")
@click.option("--on", type=DAY, help="The day on which it happened.")
@click.option("--basis", default="", help="The paper that shows it: number, symbol, date.")
@click.option("--withdraw", "event_id", type=click.UUID, help="Take this event back instead.")
@click.option("--reason", default="", help="With --withdraw: why.")
@pass_cli
def event(
    cli: Cli, code: str, *, kind: str | None, on: dt.datetime | None, basis: str,
    event_id: UUID | None, reason: str, as_json: bool,
) -> None:  # fmt: skip
    """Record what a term counts from, or take it back; the term is reckoned anew."""
    from retention.terms.acts import record_case_event, withdraw_case_event

    if event_id is not None:
        document = withdraw_case_event(
            cli.services, code, event_id, reason=reason, actor=cli.writer, lang=cli.lang
        )
    elif kind is None or on is None:
        raise click.UsageError("--kind and --on, or --withdraw")
    else:
        document = record_case_event(
            cli.services, code, kind=kind, on=on.date(), basis=basis, actor=cli.writer,
            lang=cli.lang,
        )  # fmt: skip
    emit(document) if as_json else _tell_moved(cli, document)


def _tell_moved(cli: Cli, document: "MovedDocument | ChosenRuleDocument") -> None:
    from retention.terms.explain import kept_words

    key = "moved" if document.moved else "unmoved"
    say(
        cli.said(
            f"retention.{key}",
            code=document.code,
            kept=kept_words(document.ends_on, cli.lang, permanent=document.permanent),
        )
    )


@retention.command()
@with_json
@click.option("--on", type=DAY, help="As of this day; default today.")
@pass_cli
def due(cli: Cli, on: dt.datetime | None, *, as_json: bool) -> None:
    """Case files whose term is over."""
    from retention.terms.acts import list_due

    document = list_due(cli.services, actor=cli.actor, on=on.date() if on else None)
    if as_json:
        emit(document)
    else:
        rows = [(row.code, row.ends_on, row.citation) for row in document.due]
        table(cli.heads("code", "ends-on", "citation"), rows)


@retention.command()
@with_json
@click.argument("code")
@click.option("--rule", required=True, help="Code of the equivalent group in a schedule.")
@click.option("--reason", default="", help="Why this group: it stands with the case file.")
@click.option("--years", type=click.IntRange(min=1), help="Longer than the group's term.")
@pass_cli
def classify(
    cli: Cli, code: str, *, rule: str, reason: str, years: int | None, as_json: bool
) -> None:
    """Put a case file that no rule fits under an equivalent group."""
    from retention.terms.rule_choice import choose_group

    document = choose_group(cli.services, code, rule, reason=reason, years=years, actor=cli.writer)
    emit(document) if as_json else _tell_moved(cli, document)
