"""archive case move, merge, reorder, undo-move: documents in their place."""

from typing import TYPE_CHECKING

import click

from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, say

if TYPE_CHECKING:
    from archive_service.catalogue.arranging.documents import MoveDone, SplitDone

_ACTS = "archive_service.catalogue.arranging.acts"
_UNDO = "archive_service.catalogue.arranging.split_undo:undo_split"


def _show_moved(cli: Cli, done: "MoveDone", *, as_json: bool) -> None:
    if as_json:
        emit(done)
    else:
        count = len(done.moved)
        say(cli.said("arrange.moved", count=count, code=done.code, target=done.target))


def _show_split(cli: Cli, done: "SplitDone", *, as_json: bool) -> None:
    _show_moved(cli, done, as_json=as_json)
    for found in [] if as_json else done.findings:
        say(f"{found.place}: {found.message} {found.remedy}")


_OF = click.Argument(["case_code"], metavar="CODE")
case = ActGroup("case")
case.offer("move", f"{_ACTS}:move", _OF, show=_show_moved)
case.offer("split", f"{_ACTS}:split", _OF, show=_show_split)
case.offer("merge", f"{_ACTS}:merge", _OF, show=_show_moved)
case.offer("reorder", f"{_ACTS}:reorder", _OF, show=worded("arrange.ordered"))
_ORDINAL = click.Argument(["ordinal"], metavar="N", type=int)
case.offer("undo-move", f"{_ACTS}:undo", _OF, _ORDINAL, show=worded("arrange.undone"))
case.offer("undo-split", _UNDO, _OF, show=_show_moved)
