"""archive paper: the paper half of case files, in boxes on shelves."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, told, with_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive_service.document import Document
    from digitize.paper.documents import MoveDocument
    from digitize.paper.rules import Counted

BOX_HEADS = ("code", "place", "cases", "sheets", "note")
PART_HEADS = ("code", "part", "sheets", "place", "lent_to", "due_on", "handover")
MOVE_HEADS = ("at", "kind", "from", "to", "reason", "who")
PDF_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=ActGroup)
def paper() -> None:
    """Paper originals: boxes, shelves, handovers, loans."""


@click.group(cls=ActGroup)
def box() -> None:
    """Boxes on shelves."""


paper.add_command(box)


@box.command("remove")
@click.argument("code")
@click.option("--reason", default="", help="Why.")
@pass_cli
def remove_box(cli: Cli, code: str, reason: str) -> None:
    """Take a box out of the list, while nothing lies in it."""
    from digitize.paper import box_acts

    box_acts.remove_box(cli.services, code, reason=reason, actor=cli.writer)
    say(cli.said("paper.box_removed", code=code))


@box.command("list")
@with_json
@click.option("--text", default="", help="Part of a code, shelf or store.")
@pass_cli
def list_boxes(cli: Cli, text: str, *, as_json: bool) -> None:
    """List the boxes with what is in them."""
    from digitize.paper import box_acts

    found, _ = box_acts.list_boxes(cli.services, text=text, actor=cli.actor)
    _show(cli, "boxes", found, BOX_HEADS, as_json=as_json)


@box.command("labels")
@click.argument("codes", metavar="[CODE...]", nargs=-1)
@click.option("--to", "target", type=PDF_FILE, required=True, help="The PDF to write.")
@pass_cli
def print_labels(cli: Cli, codes: tuple[str, ...], target: Path) -> None:
    """Print labels with QR for these boxes, or for all, as PDF/A."""
    from digitize.paper import box_acts

    target.write_bytes(box_acts.labels(cli.services, codes, actor=cli.actor))
    say(cli.said("paper.labels", target=target))


@paper.command()
@with_json
@click.argument("counted", metavar="CODE:SHEETS[:BOX]...", nargs=-1, required=True)
@click.option("--giver", required=True, help="Who hands it over: name, post, agency.")
@click.option("--receiver", default="", help="Who takes it; else you, for the archive.")
@click.option("--boxes", type=click.IntRange(min=0), help="Boxes carried in; else those named.")
@click.option("--note", default="", help="Remarks; needed where a count differs.")
@click.option("--to", "target", type=PDF_FILE, help="Write the signed minutes here too.")
@pass_cli
def receive(
    cli: Cli,
    /,
    counted: tuple[str, ...],
    target: Path | None,
    *,
    as_json: bool,
    **said: Any,
) -> None:
    """Receive paper that was counted, with signed minutes in every copy."""
    from digitize.paper import acts as desk

    rows = [_counted(line) for line in counted]
    document = desk.receive(cli.services, rows, actor=cli.writer, **said)
    if target is not None:
        minutes = desk.handover_paper(cli.services, document.number, actor=cli.actor)
        target.write_bytes(minutes)
    _tell(cli, document, "received", as_json=as_json)


@paper.command("list")
@with_json
@click.option("--text", default="", help="Part of a case file's code, a box, or a label's QR.")
@click.option("--lent", is_flag=True, help="Only what is away.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@pass_cli
def list_(cli: Cli, text: str, limit: int | None, *, lent: bool, as_json: bool) -> None:
    """List what paper lies where."""
    from digitize.paper import acts as desk

    found, _ = desk.list_parts(cli.services, text=text, lent=lent, limit=limit, actor=cli.actor)
    _show(cli, "paper", found, PART_HEADS, as_json=as_json)


def _show_moves(cli: Cli, found: "list[MoveDocument]", *, as_json: bool) -> None:
    if not as_json:
        kinds = (messages.label("paper-moves", move.kind, cli.lang) for move in found)
        moved = zip(found, kinds, strict=True)
        found = [move.model_copy(update={"kind": kind}) for move, kind in moved]
    _show(cli, "moves", found, MOVE_HEADS, as_json=as_json)


@paper.command()
@click.argument("number")
@click.option("--to", "target", type=PDF_FILE, required=True, help="The PDF to write.")
@pass_cli
def minutes(cli: Cli, number: str, target: Path) -> None:
    """Write the signed minutes of a handover."""
    from digitize.paper import acts as desk

    target.write_bytes(desk.handover_paper(cli.services, number, actor=cli.actor))
    say(cli.said("paper.minutes", number=number, target=target))


def _counted(text: str) -> "Counted":
    from digitize.paper.rules import read_counted

    return read_counted(text)


def _tell(cli: Cli, document: "Document", act: str, *, as_json: bool) -> None:
    if as_json:
        emit(document)
    else:
        say(cli.said(f"paper.{act}", **document.as_json()))


def _show(
    cli: Cli, name: str, found: "Sequence[Document]", heads: tuple[str, ...], *, as_json: bool
) -> None:
    if as_json:
        emit({name: found})
        return
    named = [cli.said(f"paper.heads.{head}") for head in heads]
    rows = (document.as_json() for document in found)
    table(named, ([told(row[head]) for head in heads] for row in rows), whole=1)


_CODE = click.Argument(["code"])
_OLD = click.Argument(["old"], metavar="CODE")
_BOX = click.Argument(["box_code"], metavar="BOX")
_ACTS, _BOX_ACTS = "digitize.paper.acts", "digitize.paper.box_acts"
box.offer("add", f"{_BOX_ACTS}:add_box", show=partial(_tell, act="box"))
box.offer("rename", f"{_BOX_ACTS}:rename_box", _OLD, show=partial(_tell, act="box"))
paper.offer("move", f"{_BOX_ACTS}:move_box", _BOX, show=partial(_tell, act="box"))
paper.offer("put", f"{_ACTS}:put", _CODE, show=partial(_tell, act="put"))
paper.offer("lend", f"{_ACTS}:lend", _CODE, show=partial(_tell, act="lent"))
paper.offer("return", f"{_ACTS}:give_back", _CODE, show=partial(_tell, act="returned"))
paper.offer("moves", f"{_ACTS}:moves_of", _CODE, show=_show_moves, reads=True)
