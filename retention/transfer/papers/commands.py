"""archive transfer papers, paper, minutes: the printed forms of a transfer."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import CommandUsageError
from archive_service.cli.output import emit, say, table, told, with_json
from retention.transfer.papers.given import WordsIn

KINDS = ("register", "answer", "catalogue", "explanation", "minutes", "media")
SECTIONS = ("origin", "amount", "content", "order", "tools", "note")
_HEADS = ("kind", "number", "edition", "made_at", "signatures")
_ID = click.argument("transfer_id", metavar="ID", type=click.UUID)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@with_json
@_ID
@pass_cli
def papers(cli: Cli, transfer_id: UUID, *, as_json: bool) -> None:
    """The papers of a transfer, those that may be made as well."""
    from retention.transfer.papers.acts import papers_of

    found = papers_of(cli.services, transfer_id, actor=cli.actor)
    if as_json:
        emit({"papers": found})
        return
    rows = (
        (
            messages.label("transfer-paper", transfer_paper.kind, cli.lang),
            transfer_paper.number or "",
            str(transfer_paper.edition or ""),
            told(transfer_paper.made_at) if transfer_paper.made_at else "",
            ", ".join(transfer_paper.signatures),
        )
        for transfer_paper in found
    )
    table([cli.said(f"transfer.paper-heads.{name}") for name in _HEADS], rows)


@click.command()
@with_json
@_ID
@click.option("--kind", type=click.Choice(KINDS), required=True, help="Which paper.")
@click.option("--to", required=True, type=_FILE, help="Where to write the PDF.")
@click.option(
    "--words",
    "told_words",
    metavar="SECTION=TEXT",
    multiple=True,
    help="Words of your own in the explanation: origin, amount, content, order, tools, note.",
)
@pass_cli
def paper(
    cli: Cli, transfer_id: UUID, kind: str, to: Path, told_words: Sequence[str], *, as_json: bool
) -> None:
    """Write a paper of a transfer as it was sealed; first made, where it is not or says less."""
    from archive_service import access
    from retention.transfer.papers.acts import make_paper, papers_of, read_paper

    words = dict(_section(cli, word) for word in told_words)
    if words or access.may(cli.actor, "transfer:compose"):
        make_paper(cli.services, transfer_id, kind, WordsIn(words=words), actor=cli.writer)
    _, data = read_paper(cli.services, transfer_id, kind, actor=cli.actor)
    to.write_bytes(data)
    if as_json:
        found = papers_of(cli.services, transfer_id, actor=cli.actor)
        made = next(transfer_paper for transfer_paper in found if transfer_paper.kind == kind)
        emit(made.as_json() | {"path": str(to)})
    else:
        say(str(to))


@click.command()
@with_json
@_ID
@click.option("--take", type=_FILE, default=None, help="Minutes as the other archive signed them.")
@click.option("--sign", is_flag=True, help="Add this archive's signature to them.")
@pass_cli
def minutes(cli: Cli, transfer_id: UUID, take: Path | None, *, sign: bool, as_json: bool) -> None:
    """Take the minutes that the other archive signed, and sign them as the giver."""
    from retention.transfer.papers.minutes import countersign, take_signed

    if take is None and not sign:
        raise CommandUsageError(reason=cli.said("transfer.take-or-sign"))
    if take is not None:
        document = take_signed(cli.services, transfer_id, take.read_bytes(), actor=cli.writer)
    if sign:
        document = countersign(cli.services, transfer_id, actor=cli.writer)
    if as_json:
        emit(document)
    else:
        say(", ".join(document.signatures))


def _section(cli: Cli, given: str) -> tuple[str, str]:
    section, _, text = given.partition("=")
    if section not in SECTIONS:
        raise CommandUsageError(reason=cli.said("transfer.sections", sections=", ".join(SECTIONS)))
    return section, text
