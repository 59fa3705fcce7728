"""archive hold: legal holds on case files."""

from typing import Any
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, table, told, with_json

STATES = ("in-force", "lifted")


@click.group()
def hold() -> None:
    """Legal holds: what is held is neither edited, moved, transferred nor destroyed."""


@hold.command()
@with_json
@click.argument("codes", metavar="CODE...", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why: it stands in the act in every copy.")
@click.option("--authority", required=True, help="Paper of the authority: number, date, issuer.")
@pass_cli
def place(cli: Cli, codes: tuple[str, ...], reason: str, authority: str, *, as_json: bool) -> None:
    """Place a hold on case files: on all of them or none; safe to repeat."""
    from archive_service.workflow.holds import place_holds

    placed = place_holds(cli.services, codes, reason=reason, authority=authority, actor=cli.writer)
    if as_json:
        emit({"holds": placed})
        return
    for one in placed:
        say(cli.said("hold.placed", code=one["code"], id=one["id"]))


@hold.command()
@with_json
@click.argument("hold_id", metavar="ID", type=click.UUID)
@click.option("--reason", required=True, help="Why: it stands in the act in every copy.")
@pass_cli
def lift(cli: Cli, hold_id: UUID, reason: str, *, as_json: bool) -> None:
    """Lift a hold; others on the same case file stay in force."""
    from archive_service.workflow.holds import lift_hold

    document = lift_hold(cli.services, hold_id, reason=reason, actor=cli.writer)
    if as_json:
        emit(document)
    else:
        say(cli.said("hold.lifted", code=document["code"], id=document["id"]))


@hold.command("list")
@with_json
@click.option("--code", default="", help="Only those on this case file.")
@click.option("--state", type=click.Choice(STATES), help="Only those in force, or lifted ones.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@pass_cli
def list_(cli: Cli, code: str, state: str | None, limit: int | None, *, as_json: bool) -> None:
    """List holds, the newest first, with the locks they have in each copy."""
    from archive_service.workflow.holds import list_holds

    in_force = None if state is None else state == STATES[0]
    found = list_holds(cli.services, actor=cli.actor, in_force=in_force, code=code, limit=limit)
    if as_json:
        emit({"holds": found})
        return
    heads = cli.heads("hold", "code", "reason", "authority", "placed-at", "lifted-at", "applied")
    table(heads, (_cells(cli, one) for one in found), whole=2)


def _cells(cli: Cli, one: dict[str, Any]) -> list[object]:
    applied = ", ".join(
        f"{copy['copy']}: {messages.text('labels.hold-applied.' + copy['state'], cli.lang)}"
        for copy in one["applied"]
    )
    words = [one[name] for name in ("id", "code", "reason", "authority")]
    return [*words, told(one["placed_at"]), told(one["lifted_at"]), applied]
