"""archive case openings CODE: who opened what."""

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, table, told, with_json

_HEADS = ("at", "account", "role", "document", "door", "purpose")


@click.command()
@with_json
@click.argument("code")
@click.option("--limit", type=click.IntRange(min=1), default=50, help="At most so many.")
@pass_cli
def openings(cli: Cli, code: str, limit: int, *, as_json: bool) -> None:
    """Tell who opened which document of a case file, the newest first."""
    from archive_service.catalogue.holdings.purposes import purpose_label
    from archive_service.catalogue.openings.acts import list_openings

    found = list_openings(cli.services, code, actor=cli.actor, limit=limit)
    if as_json:
        emit(found.as_json())
        return
    rows = (
        (
            told(opening.at),
            opening.account,
            messages.text(f"labels.roles.{opening.role}", cli.lang),
            str(opening.document),
            messages.text(f"labels.doors.{opening.door}", cli.lang),
            purpose_label(opening.purpose, cli.lang),
        )
        for opening in found.openings
    )
    table([cli.said(f"openings.heads.{name}") for name in _HEADS], rows)


case = click.Group("case", commands=[openings])
