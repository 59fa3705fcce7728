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


def _shown(cli: Cli, document: "RightsDocument", *, as_json: bool) -> None:
    if as_json:
        emit(document.as_json())
        return
    say(
        cli.said(
            "changing.rights",
            name=document.account,
            role=document.role,
            agency=document.agency,
            unit=document.unit,
        )
    )
    if document.waits:
        say(cli.said("changing.waits", role=document.next_role, agency=document.next_agency))
    show_open(cli, document.open)
