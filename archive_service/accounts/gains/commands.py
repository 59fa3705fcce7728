"""archive rights: what waits for a second person."""

from typing import TYPE_CHECKING

import click

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table, told

if TYPE_CHECKING:
    from archive_service.accounts.gains.documents import GainDocument, GainList


@click.group(cls=ActGroup)
def rights() -> None:
    """Rights that somebody is to gain, and the second person who confirms them."""


def _gains(cli: Cli, found: "GainList", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            str(gain.id),
            gain.account,
            messages.label("gains", gain.kind.value, cli.lang),
            messages.label("roles", gain.role, cli.lang),
            messages.text(f"badges.gain.{gain.state.value}", cli.lang),
            gain.asked_by,
            told(gain.asked_at),
            gain.decided_by,
        )
        for gain in found.gains
    )
    heads = ("id", "account", "kind", "role", "state", "asked_by", "asked_at", "decided_by")
    table([cli.said(f"gains.heads.{name}") for name in heads], rows, whole=1)


def _gain_decided(cli: Cli, gain: "GainDocument", *, as_json: bool) -> None:
    if as_json:
        emit(gain.as_json())
    else:
        say(cli.said(f"gains.{gain.state.value}", name=gain.account))


_GAINS = "archive_service.accounts.gains.acts"
_GAIN = click.Argument(["gain_id"], metavar="ID", type=click.UUID)
rights.offer("list", f"{_GAINS}:list_gains", show=_gains, reads=True)
rights.offer("confirm", f"{_GAINS}:confirm_gain", _GAIN, show=_gain_decided)
rights.offer("refuse", f"{_GAINS}:refuse_gain", _GAIN, show=_gain_decided)
