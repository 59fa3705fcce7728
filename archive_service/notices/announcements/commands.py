"""archive announce, announcement: what every page tells beforehand."""

import datetime as dt
from typing import Any

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, say, table, with_json


class _Moment(click.ParamType[dt.datetime]):
    """A day, or a day and an hour, on a Vietnamese clock unless it names its zone."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.datetime:
        """See ``clock.local_moment``."""
        from archive_service import clock

        try:
            return clock.local_moment(str(value))
        except ValueError:
            self.fail(f"{value!r}: 2026-11-21T18:00", param, ctx)


_MOMENT = _Moment()
_HEADS = ("id", "state", "starts_at", "ends_at", "maintenance", "text")


@click.command()
@with_json
@click.argument("text")
@click.option("--from", "starts_at", type=_MOMENT, metavar="T", help="When it begins; now.")
@click.option("--until", "ends_at", type=_MOMENT, metavar="T", required=True, help="Its end.")
@click.option(
    "--maintenance", is_flag=True, help="Between the two, acts that change something are refused."
)
@pass_cli
def announce(
    cli: Cli,
    text: str,
    starts_at: dt.datetime | None,
    ends_at: dt.datetime,
    *,
    maintenance: bool,
    as_json: bool,
) -> None:
    """Announce TEXT on every page, from now on till its end."""
    from archive_service.notices.announcements.acts import announce as run

    document = run(
        cli.services,
        text,
        starts_at=starts_at,
        ends_at=ends_at,
        maintenance=maintenance,
        actor=cli.actor,
    )
    if as_json:
        emit(document)
    else:
        say(cli.said("announcement.made", id=document["id"]))


@click.group(cls=ActGroup)
def announcement() -> None:
    """Announcements on every page: those that stand there, and those that did."""


def _listed(cli: Cli, rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        emit({"announcements": rows})
        return
    heads = [cli.said(f"announcement.heads.{name}") for name in _HEADS]
    table(heads, (_cells(cli, row) for row in rows))


def _cells(cli: Cli, row: dict[str, Any]) -> list[object]:
    from archive_service import messages

    return [
        row["id"],
        messages.text(f"badges.announcement.{row['state']}", cli.lang),
        messages.shown(row["starts_at"]),
        messages.shown(row["ends_at"]),
        "✓" if row["maintenance"] else "",
        row["text"],
    ]


_ACTS = "archive_service.notices.announcements.acts"
_ANNOUNCEMENT = click.Argument(["announcement_id"], metavar="ID", type=click.UUID)
announcement.offer("list", f"{_ACTS}:list_announcements", show=_listed, reads=True)
announcement.offer(
    "withdraw", f"{_ACTS}:withdraw", _ANNOUNCEMENT, show=worded("announcement.withdrawn")
)
