"""archive copy: the copies in use, those that join, and those that leave."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup
from archive_service.cli.output import DAY, WORDS, emit, say, table, told, with_json

if TYPE_CHECKING:
    from archive_service.keeping.copies.documents import KnownCopyDocument

FATES = ("destroyed", "wiped")


@click.group(cls=ActGroup)
def copy() -> None:
    """Copies (kho): in use, joining, leaving."""


def _listed(cli: Cli, found: "list[KnownCopyDocument]", *, as_json: bool) -> None:
    rows = [known_copy.as_json() for known_copy in found]
    if as_json:
        emit({"copies": rows})
        return
    columns = ("copy", "standing", "role", "versions", "acts", "segments", "bytes", "since")
    heads = [cli.said(f"copy.heads.{name}") for name in columns]
    table(heads, (_cells(cli, row) for row in rows), whole=1)


@copy.command()
@with_json
@click.argument("name")
@click.option("--reason", type=WORDS, required=True, help="Why: it stands in the act.")
@pass_cli
def retire(cli: Cli, name: str, reason: str, *, as_json: bool) -> None:
    """Use a copy no longer, once the others were proved whole; nothing in it is deleted."""
    from archive_service.keeping.copies.retiring import retire_copy

    say(cli.said("copy.proving", name=name))
    row = retire_copy(cli.services, name, reason=reason, actor=cli.actor)
    _show(cli, row, as_json=as_json)


@copy.command()
@with_json
@click.argument("name")
@click.option("--fate", type=click.Choice(FATES), required=True, help="What was done with it.")
@click.option("--on", type=DAY, required=True, help="Day on which it was done.")
@click.option("--by", type=WORDS, required=True, help="Who did it.")
@click.option("--how", type=WORDS, required=True, help="How it was done.")
@click.option("--minutes", type=WORDS, required=True, help="Number of the minutes of it.")
@pass_cli
def medium(
    cli: Cli, /, name: str, fate: str, on: dt.datetime, *, as_json: bool, **told: Any
) -> None:
    """Note that the medium of a retired copy was destroyed or wiped: a person's word."""
    from archive_service.domain.keeping.enrolled_copy import MediumFate
    from archive_service.keeping.copies.media import Statement, tell_medium

    statement = Statement(fate=MediumFate(fate), on=on.date(), **told)
    row = tell_medium(cli.services, name, statement, actor=cli.actor)
    if as_json:
        emit({"name": row.name, "state": row.state.value, "medium": row.medium})
    else:
        say(cli.said("copy.medium", name=row.name))


def _show(cli: Cli, row: Any, *, as_json: bool) -> None:
    if as_json:
        facts = {"name": row.name, "state": row.state.value, "role": row.role.value}
        emit(facts | {"identity": row.identity})
    else:
        say(cli.said(f"copy.{row.state.value}", name=row.name))


def _cells(cli: Cli, row: dict[str, Any]) -> list[object]:
    lag = row["lag"]
    return [
        row["name"],
        messages.text(f"labels.copy-standing.{row['state']}", cli.lang),
        messages.text(f"labels.copy-role.{row['role']}", cli.lang),
        lag["versions"],
        lag["acts"],
        lag["segments"],
        lag["bytes"],
        told(lag["since"]),
    ]


_ACTS = "archive_service.keeping.copies.acts"
_NAME = click.Argument(["name"])
_REASON = click.Option(["--reason"], type=WORDS, required=True, help="Why: it stands in the act.")
copy.offer("list", "archive_service.keeping.copies.listing:list_copies", show=_listed, reads=True)
copy.offer("add", f"{_ACTS}:add_copy", _NAME, show=_show)
copy.offer("renew", f"{_ACTS}:renew_copy", _NAME, more=(_REASON,), show=_show, reads=True)
