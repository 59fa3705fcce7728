"""archive scan reocr: a holding read again by another engine, its gain shown before it counts."""

import click

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, say, table, with_json
from archive_service.cli.values import MisfitUsageError
from digitize.rereading.documents import (
    COMPARED,
    GainDocument,
    RereadingDocument,
    RereadingItemDocument,
    RereadingList,
    ShownRereading,
)

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
        raise MisfitUsageError("codes-or-all")
    from digitize.rereading.acts import propose, show_rereading

    cli = ctx.ensure_object(Cli)
    made = propose(cli.services, codes=codes, model=model, actor=cli.writer)
    rereading = show_rereading(cli.services, made, actor=cli.actor, limit=0, lang=cli.lang)
    _tell(cli, "reocr.proposed", rereading, as_json=as_json)


def _listed(cli: Cli, rows: "list[RereadingDocument]", *, as_json: bool) -> None:
    if as_json:
        emit(RereadingList(rereadings=rows))
        return
    heads = cli.heads(*(f"reocr.{column}" for column in ("id", "state", *_COLUMNS)))
    table(heads, ((row.id, _state(cli, row), *_gain(row)) for row in rows), whole=1)


def _shown(cli: Cli, shown: ShownRereading, *, as_json: bool) -> None:
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


_ACTS = "digitize.rereading.acts"
_PROPOSAL = click.Argument(["proposal"], type=click.UUID)
_LIMIT = click.Option(["--limit"], type=click.IntRange(1), default=100, help="Documents at most.")
reocr.offer("list", f"{_ACTS}:list_rereadings", show=_listed, reads=True)
reocr.offer("show", f"{_ACTS}:show_rereading", _PROPOSAL, more=(_LIMIT,), show=_shown, reads=True)
reocr.offer("adopt", f"{_ACTS}:adopt", _PROPOSAL, show=worded("reocr.adopted"))
reocr.offer("drop", f"{_ACTS}:drop", _PROPOSAL, show=worded("reocr.dropped"))
