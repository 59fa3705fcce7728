"""archive scan reocr: a holding read again by another engine, its gain shown before it counts."""

from typing import TYPE_CHECKING
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, with_json
from digitize.rereading.documents import (
    COMPARED,
    GainDocument,
    RereadingDocument,
    RereadingItemDocument,
    RereadingList,
)

if TYPE_CHECKING:
    from digitize.rereading.documents import RereadingDocument


MODELS = ("best_int", "fast")
_COLUMNS = ("words", *COMPARED)


@click.group(cls=ActGroup, invoke_without_command=True)
@with_json
@click.option("--code", "codes", multiple=True, help="A case file; may be given several times.")
@click.option("--all", "everything", is_flag=True, help="Every case file with texts read before.")
@click.option("--model", type=click.Choice(MODELS), help="What reads; default: of the settings.")
@click.pass_context
def reocr(
    ctx: click.Context,
    codes: tuple[str, ...],
    model: str | None,
    *,
    everything: bool,
    as_json: bool,
) -> None:
    """Have texts read again in the background; nothing changes before a proposal is adopted."""
    if ctx.invoked_subcommand is not None:
        return
    if bool(codes) == everything:
        raise click.UsageError("give either --code or --all", ctx)
    from digitize.rereading.acts import propose, show_rereading

    cli = ctx.ensure_object(Cli)
    made = propose(cli.services, codes=codes, model=model, actor=cli.writer)
    told = show_rereading(cli.services, made, actor=cli.actor, limit=0, lang=cli.lang)
    _tell(cli, "reocr.proposed", told, as_json=as_json)


def _listed(cli: Cli, rows: "list[RereadingDocument]", *, as_json: bool) -> None:
    if as_json:
        emit(RereadingList(rereadings=rows))
        return
    heads = cli.heads(*(f"reocr.{column}" for column in ("id", "state", *_COLUMNS)))
    table(heads, ((row.id, _state(cli, row), *_gain(row)) for row in rows), whole=1)


@reocr.command()
@with_json
@click.argument("proposal", type=click.UUID)
@click.option("--limit", type=click.IntRange(1), default=100, help="Documents at most.")
@pass_cli
def show(cli: Cli, proposal: UUID, limit: int, *, as_json: bool) -> None:
    """One proposal, document by document, those that gain most first."""
    from digitize.rereading.acts import show_rereading

    shown = show_rereading(cli.services, proposal, actor=cli.actor, limit=limit, lang=cli.lang)
    if as_json:
        emit(shown)
        return
    heads = cli.heads(*(f"reocr.{column}" for column in ("code", "ordinal", "state", *_COLUMNS)))
    table(
        heads,
        (
            (item.code, item.ordinal, _state(cli, item, "rereading-item"), *_gain(item))
            for item in shown.items
        ),
        whole=1,
    )
    for item in shown.items:
        for sample in item.samples:
            say(cli.said("reocr.sample", code=item.code, ordinal=item.ordinal, **dict(sample)))
    for name, count in (("worse", shown.worse), ("sealed", shown.sealed)):
        if count:
            say(cli.said(f"reocr.{name}", count=count))


@reocr.command()
@with_json
@click.argument("proposal", type=click.UUID)
@click.option("--code", "codes", multiple=True, help="Only this case file; the others are dropped.")
@click.option("--reason", default="", help="Why, where a document is read worse than before.")
@pass_cli
def adopt(cli: Cli, proposal: UUID, codes: tuple[str, ...], reason: str, *, as_json: bool) -> None:
    """Put the new texts into the packages, as further versions; the former ones stay there."""
    from digitize.rereading.acts import adopt as adopt_it

    told = adopt_it(cli.services, proposal, codes=codes, reason=reason, actor=cli.writer)
    _tell(cli, "reocr.adopted", told, as_json=as_json)


@reocr.command()
@with_json
@click.argument("proposal", type=click.UUID)
@click.option("--code", "codes", multiple=True, help="Only this case file; several times.")
@pass_cli
def drop(cli: Cli, proposal: UUID, codes: tuple[str, ...], *, as_json: bool) -> None:
    """Leave the texts as they are, of some case files or of the whole proposal."""
    from digitize.rereading.acts import drop as drop_it

    told = drop_it(cli.services, proposal, codes=codes, actor=cli.writer)
    _tell(cli, "reocr.dropped", told, as_json=as_json)


def _tell(cli: Cli, key: str, rereading: RereadingDocument, *, as_json: bool) -> None:
    if as_json:
        emit(rereading)
    else:
        say(cli.said(key, id=rereading.id, case_files=rereading.case_files))


def _state(
    cli: Cli, row: RereadingDocument | RereadingItemDocument, group: str = "rereading"
) -> str:
    return messages.text(f"labels.{group}.{row.state}", cli.lang)


def _gain(row: GainDocument) -> tuple[str, ...]:
    """Words that change, of how many; then the figures before and after."""
    pairs = (map(_figure, row.before_and_after(compared)) for compared in COMPARED)
    return f"{row.words_changed}/{row.words_before}", *map(" → ".join, pairs)


def _figure(value: float | None) -> str:
    return "–" if value is None else str(value)


reocr.offer("list", "digitize.rereading.acts:list_rereadings", show=_listed, reads=True)
