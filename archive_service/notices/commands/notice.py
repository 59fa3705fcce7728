"""archive notice: what an account was told."""

from uuid import UUID

import click

from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.output import emit, say, table, told, with_json
from archive_service.cli.values import MisfitUsageError


@click.group()
def notice() -> None:
    """Notices of the account of --as."""


@notice.command("list")
@with_json
@click.option("--unread", is_flag=True, help="Only those not read.")
@click.option("--kind", default="", help="Only those of one kind.")
@click.option("--page", type=click.IntRange(min=1), default=1, help="Page of fifty, from 1.")
@pass_cli
def list_(cli: Cli, kind: str, page: int, *, unread: bool, as_json: bool) -> None:
    """List notices, the newest first."""
    from archive_service import access
    from archive_service.notices import inbox

    access.require(cli.actor, "notice:list")
    with cli.services.read_only() as session:
        rows, total = inbox.list_notices(
            session, actor=cli.actor, unread=unread, kind=kind, page=page
        )
    found = [inbox.notice_document(row, cli.lang) for row in rows]
    if as_json:
        emit({"notices": found, "total": total})
        return
    heads = cli.heads(
        "notice.id", "notice.told_at", "notice.read_at", "notice.subject", "notice.text"
    )
    lines = (
        [entry.id, told(entry.told_at), told(entry.read_at), entry.subject, entry.text]
        for entry in found
    )
    table(heads, lines, whole=1)


@notice.command()
@with_json
@click.argument("notice_id", metavar="[ID]", type=click.UUID, required=False)
@click.option("--all", "everything", is_flag=True, help="All of them.")
@pass_cli
def read(cli: Cli, notice_id: UUID | None, *, everything: bool, as_json: bool) -> None:
    """Mark one notice as read, or all of them; safe to repeat."""
    from archive_service import access
    from archive_service.notices import inbox

    if (notice_id is None) is not everything:
        raise MisfitUsageError("notice-or-all")
    access.require(cli.actor, "notice:list")
    with cli.services.writing() as session:
        if notice_id is None:
            count = inbox.mark_all_read(session, actor=cli.actor)
        else:
            inbox.mark_read(session, notice_id, actor=cli.actor)
            count = 1
    if as_json:
        emit({"read": count})
    else:
        say(cli.said("notice.read", count=count))
