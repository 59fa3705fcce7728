"""archive account applications: accounts asked for by people who have none, and their answers."""

from typing import TYPE_CHECKING

import click

from archive_service import messages
from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, say, table
from archive_service.cli.passwords import tell_passwords
from archive_service.domain.people.account import masked

if TYPE_CHECKING:
    from archive_service.accounts.adding import MadeAccountDocument
    from archive_service.accounts.applications.documents import (
        AccountApplicationList,
    )

_ACTS = "archive_service.accounts.applications.acts"
_HEADS = ("id", "number", "state", "agency", "person", "name", "due_on")
_ID = click.Argument(["application_id"], metavar="ID", type=click.UUID)


@click.group(cls=ActGroup)
def applications() -> None:
    """Requests for an account: listed, granted, refused."""


def _listed(cli: Cli, found: "AccountApplicationList", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            str(application.id),
            application.number,
            messages.text(f"badges.account-application.{application.state}", cli.lang),
            application.agency,
            application.person,
            masked(application.name),
            application.due_on,
        )
        for application in found.applications
    )
    table([cli.said(f"account-applications.heads.{name}") for name in _HEADS], rows, whole=1)


def _granted(cli: Cli, made: "MadeAccountDocument", *, as_json: bool) -> None:
    if as_json:
        emit(made.as_json())
        return
    tell_passwords({made.name: made.password}, None)
    if not made.active:
        say(cli.said("gains.waiting", name=made.name))


applications.offer("list", f"{_ACTS}:list_applications", show=_listed, reads=True)
applications.offer("grant", f"{_ACTS}:grant_application", _ID, show=_granted)
applications.offer(
    "refuse", f"{_ACTS}:refuse_application", _ID, show=worded("account-applications.refused")
)
