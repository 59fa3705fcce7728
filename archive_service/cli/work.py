"""archive work: do jobs in the foreground."""

import click

from archive_service.cli.context import Cli
from archive_service.cli.output import emit, say, with_json


@click.command()
@with_json
@click.option("--until-empty", is_flag=True, help="End when nothing runs or can run.")
@click.pass_context
def work(ctx: click.Context, *, until_empty: bool, as_json: bool) -> None:
    """Run a worker in the foreground; start several for several processors.

    With --until-empty retries due within 60 s are waited for; later ones are counted as left.
    """
    from archive_service.worker import stop_on_signals
    from archive_service.worker import work as run

    cli: Cli = ctx.find_root().obj
    tally = run(cli.services, until_empty=until_empty, stopping=stop_on_signals())
    document = {
        "done": tally.done,
        "failed": tally.failed,
        "dead": tally.dead,
        "left": tally.left,
    }
    if as_json:
        emit(document)
    else:
        say(", ".join(f"{name} {count}" for name, count in document.items()))
