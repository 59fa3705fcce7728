"""archive rebuild: database and index made anew from the copies."""

import click

from archive_service.cli.context import Cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, say, with_json


@click.command()
@with_json
@click.option("--copy", help="Begin with this copy; default the first that answers.")
@click.pass_context
def rebuild(ctx: click.Context, copy: str | None, *, as_json: bool) -> None:
    """Drop database and index, and restore all that the copies hold, beginning with one.

    What that one does not give whole comes from the next. Accounts and open submissions are
    carried over where the old database can be read. Exit 5 if something was passed over; else 1
    if a copy is spoilt where another gave what it should.

    --json has read_elsewhere [{key, copy, source, code, message}], what the next copy gave,
    copies_not_read [{copy, code, key, message, remedy}], and passed_over [{key, code, message,
    remedy, kept_by_database}]: what no copy gives, or is foreign.
    """
    from archive_service.recovery.rebuild.acts import rebuild as run

    cli: Cli = ctx.find_root().obj
    document = run(cli.opened, actor=cli.operator, copy=copy, progress=say, lang=cli.lang)
    passed_over, elsewhere = document.passed_over, document.read_elsewhere
    if as_json:
        emit(document)
    else:
        for entry in passed_over:
            click.echo(entry.message)
        say(cli.said("rebuild.done", **document.as_json()))
    for found in elsewhere:
        facts = {"path": found.key, "copy": found.name, "source": found.source}
        say(cli.said("rebuild.elsewhere", **facts, reason=found.message))
    if elsewhere:
        say(cli.said("rebuild.repair"))
    for unread in document.copies_not_read:
        say(cli.said("rebuild.copy-not-read", copy=unread.name, reason=unread.message))
        say(f"→ {unread.remedy}")
    for remedy in dict.fromkeys(entry.remedy for entry in passed_over):
        say(f"→ {remedy}")
    if passed_over:
        ctx.exit(Exit.INTEGRITY)
    if elsewhere or any(unread.key for unread in document.copies_not_read):
        ctx.exit(Exit.PROBLEMS)
