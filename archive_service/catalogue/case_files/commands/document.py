"""archive document: all that is known of one; recall, correction and replacement in custody."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, told, with_json

if TYPE_CHECKING:
    from archive_service.catalogue.recalls.documents import RecallDocument

STATES = ("asked", "granted", "refused")


@click.group(cls=ActGroup)
def document() -> None:
    """One document in custody; documents that their issuer recalls, corrects or replaces."""


def _shown(cli: Cli, record: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(record)
        return
    from archive_service.catalogue.case_files.commands.record_tables import show_record

    show_record(cli, record)


@document.command()
@with_json
@click.argument("code")
@click.argument("ordinal", type=click.IntRange(min=1))
@click.option("--now", is_flag=True, help="Judge the stored bytes again, beside the verdict then.")
@pass_cli
def signatures(cli: Cli, code: str, ordinal: int, *, now: bool, as_json: bool) -> None:
    """Show each signature as judged at intake; with --now beside it as judged this moment."""
    from archive_service.catalogue.case_files.signatures_now import signatures_of

    told = signatures_of(cli.services, code, ordinal, now=now, actor=cli.actor)
    if as_json:
        emit(told)
        return
    from archive_service.catalogue.case_files.commands.record_tables import show_signatures

    show_signatures(cli, told.as_json())


def _wishing(command: Callable[..., None]) -> Callable[..., None]:
    """A command on one document of a case file, with its reason."""
    command = pass_cli(command)
    command = click.option("--reason", required=True, help="Why: the sender and readers see it.")(
        command
    )
    command = click.argument("ordinal")(command)
    return with_json(click.argument("code")(command))


_BY = click.option(
    "--by",
    "successor",
    required=True,
    help="The newer document: its identifier, or number and symbol.",
)
_DECLARED = click.option(
    "--declared", is_flag=True, help="The newer document is not in custody: its name is as told."
)


@document.command()
@_wishing
def recall(cli: Cli, code: str, ordinal: str, reason: str, *, as_json: bool) -> None:
    """Ask a document (its ordinal or id) back: closed to readers once the archive confirms it."""
    _ask(cli, code, ordinal, "recall", reason, as_json=as_json)


@document.command()
@_BY
@_DECLARED
@_wishing
def correct(
    cli: Cli,
    code: str,
    ordinal: str,
    reason: str,
    successor: str,
    *,
    declared: bool,
    as_json: bool,
) -> None:
    """Say that another document corrects this one; it stands on both."""
    _ask(cli, code, ordinal, "correction", reason, successor, declared=declared, as_json=as_json)


@document.command()
@_BY
@_DECLARED
@_wishing
def replace(
    cli: Cli,
    code: str,
    ordinal: str,
    reason: str,
    successor: str,
    *,
    declared: bool,
    as_json: bool,
) -> None:
    """Say that another document replaces this one; it stands on both."""
    _ask(cli, code, ordinal, "replacement", reason, successor, declared=declared, as_json=as_json)


@document.command()
@with_json
@click.argument("recall_id", metavar="ID", type=click.UUID)
@click.option("--reason", required=True, help="Why: the sender and readers see it.")
@pass_cli
def confirm(cli: Cli, recall_id: UUID, reason: str, *, as_json: bool) -> None:
    """Confirm what was asked, and do it."""
    _decide(cli, recall_id, reason, grant_it=True, as_json=as_json)


@document.command()
@with_json
@click.argument("recall_id", metavar="ID", type=click.UUID)
@click.option("--reason", required=True, help="Why: the sender and readers see it.")
@pass_cli
def refuse(cli: Cli, recall_id: UUID, reason: str, *, as_json: bool) -> None:
    """Refuse what was asked."""
    _decide(cli, recall_id, reason, grant_it=False, as_json=as_json)


@document.command()
@with_json
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--code", default="", help="Only those on this case file.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@pass_cli
def recalls(cli: Cli, state: str | None, code: str, limit: int | None, *, as_json: bool) -> None:
    """List recalls, corrections and replacements, the newest first."""
    from archive_service.catalogue.recalls.acts import list_recalls
    from archive_service.domain.case_files.recall import RecallState

    found = list_recalls(
        cli.services,
        actor=cli.actor,
        state=RecallState(state) if state else None,
        code=code,
        limit=limit,
    )
    if as_json:
        emit({"recalls": found})
        return
    heads = cli.heads("recall", "code", "ordinal", "recall-kind", "state", "reason", "recall-at")
    table(heads, (_cells(cli, one) for one in found), whole=2)


def _ask(
    cli: Cli,
    code: str,
    ordinal: str,
    kind: str,
    reason: str,
    successor: str = "",
    *,
    declared: bool = False,
    as_json: bool,
) -> None:
    from archive_service.catalogue.recalls.acts import Wish, ask
    from archive_service.domain.case_files.recall import RecallKind

    wish = Wish(
        kind=RecallKind(kind),
        reason=reason,
        successor=successor,
        declared=declared,
        channel="command",
    )
    _tell(cli, ask(cli.services, code, ordinal, wish, actor=cli.writer), as_json=as_json)


def _decide(cli: Cli, recall_id: UUID, reason: str, *, grant_it: bool, as_json: bool) -> None:
    from archive_service.catalogue.recalls.acts import decide

    done = decide(cli.services, recall_id, grant_it=grant_it, reason=reason, actor=cli.writer)
    _tell(cli, done, as_json=as_json)


def _tell(cli: Cli, done: "RecallDocument", *, as_json: bool) -> None:
    if as_json:
        emit(done)
        return
    kind = messages.label("recall-kinds", done.kind, cli.lang)
    state = messages.label("recall-states", done.state, cli.lang)
    say(cli.said("recall.told", id=done.id, code=done.code, kind=kind, state=state))


def _cells(cli: Cli, one: "RecallDocument") -> list[object]:
    return [
        one.id,
        one.code,
        one.ordinal,
        messages.label("recall-kinds", one.kind, cli.lang),
        messages.label("recall-states", one.state, cli.lang),
        one.reason,
        told(one.asked_at),
    ]


_RECORD = "archive_service.catalogue.case_files.document_record:document_record"
_ORDINAL = click.Argument(["ordinal"], type=click.IntRange(min=1))
document.offer("show", _RECORD, click.Argument(["code"]), _ORDINAL, show=_shown, reads=True)
