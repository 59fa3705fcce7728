"""archive status: does everything answer, and how much is there."""

import click

from archive_service.cli.context import Cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, table, with_json


@click.command()
@with_json
@click.pass_context
def status(ctx: click.Context, *, as_json: bool) -> None:
    """Health of each backend and counts of everything; exit 6 if a backend does not answer."""
    from archive_service.status import status_document

    cli: Cli = ctx.find_root().obj
    document = status_document(cli.services, actor=cli.actor)
    if as_json:
        emit(document)
    else:
        heads = ("port", "ok", "url", "detail")
        table(heads, ([row[head] for head in heads] for row in document["backends"]))
        table(("", ""), [*document["counts"].items(), *document["jobs"].items()])
    if not all(row["ok"] for row in document["backends"]):
        ctx.exit(Exit.BACKEND)
