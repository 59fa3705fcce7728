"""archive hold: legal holds on case files."""

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import DAY, emit, say, table, told, with_json

if TYPE_CHECKING:
    from archive_service.catalogue.holdings.holds import HoldDocument
    from retention.holds.documents import HoldOrderDocument

STATES = ("in-force", "lifted")
SOME = 100  # holds of an order that are told with it


@click.group()
def hold() -> None:
    """Legal holds: what is held is neither edited, moved, transferred nor destroyed."""


@hold.command()
@with_json
@click.argument("codes", metavar="CODE...", nargs=-1)
@click.option("--search", help="All that this search finds now, in place of codes.")
@click.option("--fonds", help="All of a fonds, what comes later too, in place of codes.")
@click.option("--reason", required=True, help="Why: it stands in the act in every copy.")
@click.option("--authority", required=True, help="Paper of the authority: number, date, issuer.")
@click.option("--until", type=DAY, help="Day it should last to; it reminds then, and stays.")
@pass_cli
def place(
    cli: Cli,
    codes: tuple[str, ...],
    search: str | None,
    fonds: str | None,
    reason: str,
    authority: str,
    until: dt.datetime | None,
    *,
    as_json: bool,
) -> None:
    """Place a hold on case files, on what a search finds or on a fonds; safe to repeat."""
    from retention.holds.acts import place_holds, place_on_fonds, place_on_search
    from retention.holds.rules import Wish, require_one_scope

    require_one_scope(codes=bool(codes), search=search is not None, fonds=fonds is not None)
    day = until.date() if until else None
    if codes:
        placed = place_holds(
            cli.services, codes, reason=reason, authority=authority, until=day, actor=cli.writer
        )
        if as_json:
            emit({"holds": placed, "order": None})
            return
        for entry in placed:
            say(cli.said("hold.placed", code=entry.code, id=entry.id))
        return
    wish = Wish(reason, authority, day)
    if fonds is not None:
        order = place_on_fonds(cli.services, fonds, wish, actor=cli.writer)
    else:
        order = place_on_search(cli.services, search or "", wish, actor=cli.writer)
    _tell_order(cli, order, "hold.ordered", as_json=as_json)


@hold.command()
@with_json
@click.argument("hold_id", metavar="ID", type=click.UUID)
@click.option("--reason", required=True, help="Why: it stands in the act in every copy.")
@pass_cli
def lift(cli: Cli, hold_id: UUID, reason: str, *, as_json: bool) -> None:
    """Lift a hold, or all of an order; others on the same case files stay in force."""
    from retention.holds.acts import is_order, lift_hold, lift_order
    from retention.holds.given import LiftIn

    if is_order(cli.services, hold_id):
        order = lift_order(cli.services, hold_id, LiftIn(reason=reason), actor=cli.writer)
        _tell_order(cli, order, "hold.order-lifted", as_json=as_json)
        return
    document = lift_hold(cli.services, hold_id, LiftIn(reason=reason), actor=cli.writer)
    if as_json:
        emit(document)
    else:
        say(cli.said("hold.lifted", code=document.code, id=document.id))


@hold.command("list")
@with_json
@click.option("--code", default="", help="Only those on this case file.")
@click.option("--state", type=click.Choice(STATES), help="Only those in force, or lifted ones.")
@click.option("--order", type=click.UUID, help="Only those of this order.")
@click.option("--overdue", is_flag=True, help="Only those in force whose day has passed.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@pass_cli
def list_(cli: Cli, /, state: str | None, *, as_json: bool, **narrow: Any) -> None:
    """List holds, the newest first, with the locks they have in each copy."""
    from retention.holds.acts import list_holds

    in_force = None if state is None else state == STATES[0]
    found = list_holds(cli.services, actor=cli.actor, in_force=in_force, **narrow)
    if as_json:
        emit({"holds": found})
        return
    heads = cli.heads("hold", "code", "reason", "authority", "placed-at", "lifted-at", "applied")
    table(heads, (_cells(cli, entry) for entry in found), whole=2)


def _tell_order(cli: Cli, order: "HoldOrderDocument", word: str, *, as_json: bool) -> None:
    from retention.holds.acts import list_holds

    if as_json:
        some = list_holds(cli.services, actor=cli.actor, order=order.id, limit=SOME)
        emit({"holds": some, "order": order})
        return
    say(cli.said(word, id=order.id, count=order.case_files))


def _cells(cli: Cli, hold: "HoldDocument") -> list[object]:
    applied = ", ".join(
        f"{copy.name}: {messages.text('labels.hold-applied.' + copy.state, cli.lang)}"
        for copy in hold.applied
    )
    words = [hold.id, hold.code, hold.reason, hold.authority]
    return [*words, told(hold.placed_at), told(hold.lifted_at), applied]
