"""archive account rights, archive account change: role, agency and unit of an account."""

from typing import TYPE_CHECKING

import click

from archive_service.accounts.leaving.commands import show_open
from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say

if TYPE_CHECKING:
    from archive_service.accounts.changing.documents import RightsDocument

_ACTS = "archive_service.accounts.changing.acts"


def offer_changing(account: ActGroup) -> None:
    """Both commands, for the group of accounts."""
    name = click.Argument(["name"])
    account.offer("rights", f"{_ACTS}:show_rights", name, show=_shown, reads=True)
    account.offer("change", f"{_ACTS}:change_rights", name, show=_shown)


def _shown(cli: Cli, told: "RightsDocument", *, as_json: bool) -> None:
    if as_json:
        emit(told.as_json())
        return
    say(
        cli.said(
            "changing.rights",
            name=told.account,
            role=told.role,
            agency=told.agency,
            unit=told.unit,
        )
    )
    if told.waits:
        say(cli.said("changing.waits", role=told.next_role, agency=told.next_agency))
    show_open(cli, told.open)
