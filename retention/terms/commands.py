"""archive retention: how long, and why."""

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import DAY, emit, say, table, with_json
from archive_service.cli.values import MisfitUsageError

if TYPE_CHECKING:
    from retention.terms.documents import ChosenRuleDocument, ExplainedDocument, MovedDocument


@click.group(cls=ActGroup)
def retention() -> None:
    """Terms of retention (thời hạn lưu trữ)."""


def _show_explain(_cli: Cli, document: "ExplainedDocument", *, as_json: bool) -> None:
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
    from retention.terms.given import EventIn, WithdrawIn

    if event_id is not None:
        back = WithdrawIn(reason=reason)
        document = withdraw_case_event(
            cli.services, code, event_id, back, actor=cli.writer, lang=cli.lang
        )
    elif kind is None or on is None:
        raise MisfitUsageError("event-or-withdraw")
    else:
        given = EventIn(kind=kind, on=on.date(), basis=basis)
        document = record_case_event(cli.services, code, given, actor=cli.writer, lang=cli.lang)
    _tell_moved(cli, document, as_json=as_json)


def _tell_moved(cli: Cli, document: "MovedDocument | ChosenRuleDocument", *, as_json: bool) -> None:
    from retention.terms.explain import kept_words

    if as_json:
        emit(document)
        return
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


_RULE_CHOICE = "retention.terms.rule_choice"
_ACTS = "retention.terms.acts"
_CODE = click.Argument(["code"])
retention.offer("classify", f"{_RULE_CHOICE}:choose_group", _CODE, show=_tell_moved)
retention.offer("explain", f"{_ACTS}:explain_case_file", _CODE, show=_show_explain, reads=True)
