"""archive case link, unlink: one document in several case files."""

from typing import TYPE_CHECKING

import click

from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say

if TYPE_CHECKING:
    from archive_service.catalogue.linking.documents import LinkDone, UnlinkDone

_ACTS = "archive_service.catalogue.linking.acts"


def _show_linked(cli: Cli, done: "LinkDone", *, as_json: bool) -> None:
    emit(done) if as_json else say(cli.said("links.linked", **dict(done)))


def _show_unlinked(cli: Cli, done: "UnlinkDone", *, as_json: bool) -> None:
    emit(done) if as_json else say(cli.said("links.unlinked", **dict(done)))


_PLACE = (click.Argument(["code"]), click.Argument(["ordinal"], metavar="N", type=int))
case = ActGroup("case")
case.offer("link", f"{_ACTS}:link", *_PLACE, show=_show_linked)
case.offer("unlink", f"{_ACTS}:end_link", *_PLACE, show=_show_unlinked)
