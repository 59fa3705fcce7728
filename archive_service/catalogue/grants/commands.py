"""archive grant: what somebody may read without asking, for some days."""

from typing import TYPE_CHECKING

import click

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import emit, say, table

if TYPE_CHECKING:
    from archive_service.catalogue.grants.documents import GrantDocument, GrantList

_ACTS = "archive_service.catalogue.grants.acts"
_HEADS = ("id", "account", "scope", "target", "level", "first_day", "last_day", "state")


@click.group(cls=ActGroup)
def grant() -> None:
    """What a reader may read without asking, for some days; a second person confirms it."""


def _listed(cli: Cli, found: "GrantList", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            str(one.id),
            one.account,
            messages.label("grant-scopes", one.scope.value, cli.lang),
            one.target,
            messages.label("levels", one.level.value, cli.lang),
            one.first_day.isoformat(),
            one.last_day.isoformat(),
            messages.text(f"badges.delegation.{one.state.value}", cli.lang),
        )
        for one in found.grants
    )
    table([cli.said(f"grants.heads.{name}") for name in _HEADS], rows, whole=1)


def _told(cli: Cli, one: "GrantDocument", *, as_json: bool) -> None:
    if as_json:
        emit(one.as_json())
    else:
        facts = {"account": one.account, "target": one.target, "last_day": one.last_day}
        say(cli.said(f"grants.{one.state.value}", **facts))


grant.offer("list", f"{_ACTS}:list_grants", show=_listed)
grant.offer("give", f"{_ACTS}:give_grant", show=_told)
_ID = click.Argument(["grant_id"], metavar="ID", type=click.UUID)
grant.offer("end", f"{_ACTS}:end_grant", _ID, show=_told)
