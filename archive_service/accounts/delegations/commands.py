"""archive delegation: duties handed to a colleague for some days."""

from typing import TYPE_CHECKING

import click

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table

if TYPE_CHECKING:
    from archive_service.accounts.delegations.documents import DelegationDocument, DelegationList

_ACTS = "archive_service.accounts.delegations.acts"
_HEADS = ("id", "giver", "receiver", "duties", "first_day", "last_day", "state")


@click.group(cls=ActGroup)
def delegation() -> None:
    """Duties handed to a colleague for some days; --for GIVER does them in the giver's stead."""


def _listed(cli: Cli, found: "DelegationList", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            str(document.id),
            document.giver,
            document.receiver,
            ", ".join(messages.label("duties", duty, cli.lang) for duty in document.duties),
            document.first_day.isoformat(),
            document.last_day.isoformat(),
            messages.text(f"badges.delegation.{document.state.value}", cli.lang),
        )
        for document in found.delegations
    )
    table([cli.said(f"delegations.heads.{name}") for name in _HEADS], rows, whole=1)


def _show(cli: Cli, delegation: "DelegationDocument", *, as_json: bool) -> None:
    if as_json:
        emit(delegation.as_json())
    else:
        facts = {
            "giver": delegation.giver,
            "receiver": delegation.receiver,
            "last_day": delegation.last_day,
        }
        say(cli.said(f"delegations.{delegation.state.value}", **facts))


delegation.offer("list", f"{_ACTS}:list_delegations", show=_listed, reads=True)
delegation.offer("give", f"{_ACTS}:hand_duties", show=_show)
_ID = click.Argument(["delegation_id"], metavar="ID", type=click.UUID)
delegation.offer("end", f"{_ACTS}:end_delegation", _ID, show=_show)
