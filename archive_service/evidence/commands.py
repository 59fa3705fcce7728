"""archive audit: the chain of events and its sealed segments."""

import click

from archive_service.cli.context import Cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, say, with_json


@click.group()
def audit() -> None:
    """The audit trail (nhật ký)."""


@audit.command()
@with_json
@click.pass_context
def verify(ctx: click.Context, *, as_json: bool) -> None:
    """Walk the whole chain, and every segment in every copy; exit 5 if something does not fit."""
    from archive_service import access
    from archive_service.evidence.verify import verify_trail

    cli: Cli = ctx.find_root().obj
    access.require(cli.actor, "audit:read")
    services = cli.services
    verdict = verify_trail(services.database, copies=services.copies)
    document = {
        "events": verdict.events,
        "segments": verdict.segments,
        "ok": verdict.ok,
        "first_bad": verdict.first_bad,
    }
    if as_json:
        emit(document)
    else:
        key = "audit.whole" if verdict.ok else "audit.broken"
        say(cli.said(key, **document))
    if not verdict.ok:
        ctx.exit(Exit.INTEGRITY)
