"""archive account leaving, archive account leave: what is open with a person, and their leaving."""

from typing import TYPE_CHECKING

import click

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive_service.accounts.leaving.documents import LeavingDocument, OpenKindDocument

_ACTS = "archive_service.accounts.leaving.acts"
_HEADS = ("kind", "what", "count", "way", "to")


def offer_leaving(account: ActGroup) -> None:
    """Both commands, for the group of accounts."""
    name = click.Argument(["name"])
    account.offer("leaving", f"{_ACTS}:show_leaving", name, show=_open, reads=True)
    account.offer("leave", f"{_ACTS}:leave", name, show=_left)


def show_open(cli: Cli, kinds: "Iterable[OpenKindDocument]") -> None:
    """What is open with a person, kind by kind."""
    rows = (
        (
            kind.kind,
            messages.label("leaving", kind.kind, cli.lang),
            str(kind.count),
            messages.label("leaving-ways", kind.way.value, cli.lang),
            kind.to,
        )
        for kind in kinds
    )
    table([cli.said(f"leaving.heads.{name}") for name in _HEADS], rows, whole=1)


def _open(cli: Cli, document: "LeavingDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document.as_json())
    else:
        show_open(cli, document.open)


def _left(cli: Cli, document: "LeavingDocument", *, as_json: bool) -> None:
    _open(cli, document, as_json=as_json)
    if not as_json:
        say(cli.said("leaving.done", name=document.account, day=document.left_on))
