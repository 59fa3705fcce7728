"""archive document: all that is known of one; recall, correction and replacement in custody."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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

    signatures_then = signatures_of(cli.services, code, ordinal, now=now, actor=cli.actor)
    if as_json:
        emit(signatures_then)
        return
    from archive_service.catalogue.case_files.commands.record_tables import show_signatures

    show_signatures(cli, signatures_then.as_json())


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


def _tell(cli: Cli, done: "RecallDocument", *, as_json: bool) -> None:
    if as_json:
        emit(done)
        return
    kind = messages.label("recall-kinds", done.kind, cli.lang)
    state = messages.label("recall-states", done.state, cli.lang)
    say(cli.said("recall.told", id=done.id, code=done.code, kind=kind, state=state))


def _listed(cli: Cli, found: list["RecallDocument"], *, as_json: bool) -> None:
    if as_json:
        emit({"recalls": found})
        return
    heads = cli.heads("recall", "code", "ordinal", "recall-kind", "state", "reason", "recall-at")
    table(heads, (_cells(cli, recall) for recall in found), whole=2)


def _cells(cli: Cli, recall: "RecallDocument") -> list[object]:
    return [
        recall.id,
        recall.code,
        recall.ordinal,
        messages.label("recall-kinds", recall.kind, cli.lang),
        messages.label("recall-states", recall.state, cli.lang),
        recall.reason,
        told(recall.asked_at),
    ]


_RECORD = "archive_service.catalogue.case_files.document_record:document_record"
_ORDINAL = click.Argument(["ordinal"], type=click.IntRange(min=1))
document.offer("show", _RECORD, click.Argument(["code"]), _ORDINAL, show=_shown, reads=True)

_RECALLS = "archive_service.catalogue.recalls.acts"
_RECALL = click.Argument(["recall_id"], metavar="ID", type=click.UUID)
document.offer("confirm", f"{_RECALLS}:confirm_recall", _RECALL, show=_tell)
document.offer("refuse", f"{_RECALLS}:refuse_recall", _RECALL, show=_tell)
document.offer(
    "recalls",
    "archive_service.catalogue.recalls.listing:list_recalls",
    more=(
        click.Option(["--state"], type=click.Choice(STATES), help="Only those in this state."),
        click.Option(["--code"], default="", help="Only those on this case file."),
        click.Option(["--limit"], type=click.IntRange(min=1), help="At most so many."),
    ),
    show=_listed,
    reads=True,
)
