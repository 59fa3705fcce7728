"""archive disposition: lists of what is due, from proposal to decision."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import Exit
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import DAY, WORDS, emit, table, told, with_json
from retention.disposition.given import Proposal
from retention.disposition.papers.commands import (
    certificate,
    paper,
    papers,
    print_,
    text_of,
)
from retention.disposition.terminal_view import label, none_proposed, shown

KINDS = ("destroy", "extend")
STATES = ("proposed", "reviewed", "submitted", "approved", "executing", "executed", "rejected")
_LIST = click.argument("disposition_id", metavar="ID", type=click.UUID)


@click.group(cls=ActGroup)
def disposition() -> None:
    """What becomes of case files whose term is over (xử lý khi hết hạn)."""


for _command in (certificate, papers, print_, paper):
    disposition.add_command(_command)


_ONE = click.Argument(["disposition_id"], metavar="ID", type=click.UUID)
for _name, _act in (
    ("review", "retention.disposition.acts:review"),
    ("vote", "retention.disposition.council.acts:vote"),
    ("submit", "retention.disposition.acts:submit"),
    ("approve", "retention.disposition.decision.acts:approve"),
    ("reject", "retention.disposition.decision.acts:reject"),
    ("number", "retention.disposition.decision.number:note_number"),
    ("execute", "retention.disposition.execution:execute"),
):
    disposition.offer(_name, _act, _ONE, show=shown)
_FORM = click.Argument(["form"])
_ASK = "retention.disposition.papers.reading:ask_signature"
disposition.offer("ask", _ASK, _ONE, _FORM, show=worded("disposition.asked"))


@disposition.command()
@with_json
@click.argument("codes", metavar="CODE...", nargs=-1, required=True)
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What the list is for.")
@click.option("--reason", type=WORDS, required=True, help="Why; it stands in every copy.")
@click.pass_context
def propose(
    ctx: click.Context, codes: tuple[str, ...], kind: str, reason: str, *, as_json: bool
) -> None:
    """Make a list of case files of one agency; exit 1 if some may not be on it."""
    from archive_service.domain.retention.disposition import DispositionKind
    from retention.disposition.acts import NothingProposedError
    from retention.disposition.acts import propose as make

    cli: Cli = ctx.obj
    try:
        given = Proposal(codes=codes, kind=DispositionKind(kind), reason=reason)
        document = make(cli.services, given, actor=cli.writer, lang=cli.lang)
    except NothingProposedError as refused:
        none_proposed(cli, refused, as_json=as_json)
        ctx.exit(Exit.PROBLEMS)
    shown(cli, document, as_json=as_json)
    if any(disposition_item.state == "refused" for disposition_item in document.items):
        ctx.exit(Exit.PROBLEMS)


@disposition.command()
@with_json
@_LIST
@click.option(
    "--member",
    "members",
    metavar="NAME;POSITION;DUTY[;ACCOUNT]",
    multiple=True,
    help="All of them; DUTY is chair, secretary or member.",
)
@click.option("--number", help="Number of the decision that sets the council up.")
@click.option("--on", type=DAY, help="Day of that decision.")
@pass_cli
def council(
    cli: Cli,
    disposition_id: UUID,
    members: Sequence[str],
    number: str | None,
    on: dt.datetime | None,
    *,
    as_json: bool,
) -> None:
    """Set up the council of a list; what is not given stays."""
    from retention.disposition.council.acts import set_up
    from retention.disposition.council.council import Meeting, Seat

    meeting = Meeting(number, on.date() if on else None)
    seats = [Seat.parse(member) for member in members]
    document = set_up(cli.services, disposition_id, seats, meeting, actor=cli.writer, lang=cli.lang)
    shown(cli, document, as_json=as_json)


@disposition.command()
@with_json
@_LIST
@click.option("--on", type=DAY, help="Day of the meeting.")
@click.option("--at", "place", help="Where it met.")
@click.option(
    "--minutes",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A text file with the minutes.",
)
@pass_cli
def meeting(
    cli: Cli,
    disposition_id: UUID,
    on: dt.datetime | None,
    place: str | None,
    minutes: Path | None,
    *,
    as_json: bool,
) -> None:
    """Note the meeting of the council of a list; what is not given stays."""
    from retention.disposition.council.acts import set_up
    from retention.disposition.council.council import Meeting

    text = None if minutes is None else text_of(minutes)
    met = Meeting(met_on=on.date() if on else None, met_at=place, minutes=text)
    document = set_up(cli.services, disposition_id, [], met, actor=cli.writer, lang=cli.lang)
    shown(cli, document, as_json=as_json)


@disposition.command()
@with_json
@_LIST
@click.option("--by", default="", help="The archive that gives it; without it, it is awaited.")
@click.option("--number", default="", help="Number of its paper.")
@click.option("--on", type=DAY, help="Day of its paper.")
@click.option("--agrees/--objects", default=True, help="What it says of the list.")
@click.option("--text", default="", help="Its words.")
@click.option(
    "--scan",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its paper as a PDF, kept in the destruction file.",
)
@pass_cli
def opinion(
    cli: Cli, /, disposition_id: UUID, *, scan: Path | None, as_json: bool, **given: Any
) -> None:
    """Note the opinion of the archive that the agency submits to, or that it is awaited."""
    from archive_service import clock
    from retention.disposition.council.acts import note_opinion
    from retention.disposition.council.council import Opinion

    day = given["on"].date() if given["on"] else clock.today()
    words = Opinion(given["by"], given["number"], day, given["agrees"], given["text"])
    document = note_opinion(
        cli.services,
        disposition_id,
        words if any((given["by"], given["number"], given["text"], scan)) else None,
        scan=scan,
        actor=cli.writer,
        lang=cli.lang,
    )
    shown(cli, document, as_json=as_json)


@disposition.command("list")
@with_json
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--kind", type=click.Choice(KINDS), help="Only those for this.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@pass_cli
def list_(
    cli: Cli, state: str | None, kind: str | None, limit: int | None, *, as_json: bool
) -> None:
    """Lists, the newest first."""
    from retention.disposition.acts import list_all

    found = list_all(
        cli.services,
        actor=cli.actor,
        state=state or "",
        kind=kind or "",
        limit=limit,
        lang=cli.lang,
    )
    if as_json:
        emit({"dispositions": found})
        return
    heads = [cli.said(f"disposition.heads.{name}") for name in _HEADS]
    rows = (
        (
            document.id,
            document.number,
            label(cli, "disposition-kind", document.kind),
            label(cli, "disposition-state", document.state),
            document.agency,
            document.count,
            told(document.proposed_at),
        )
        for document in found
    )
    table(heads, rows, whole=1)


_HEADS = ("id", "number", "kind", "state", "agency", "count", "proposed_at")


_ACTS = "retention.disposition.acts"
disposition.offer("show", f"{_ACTS}:show", _ONE, show=shown, reads=True)
