"""archive serve and archive work: the processes of the service on this machine."""

from typing import TYPE_CHECKING

import click

from archive_service.cli.context import Cli
from archive_service.cli.output import emit, say, with_json
from archive_service.jobs.queues import QUEUES

if TYPE_CHECKING:
    from archive_service.worker import Tally


@click.command()
@click.option(
    "--listen",
    default="127.0.0.1:8000",
    show_default=True,
    metavar="HOST:PORT",
    help="Address to listen on; port 0 takes any that is free.",
)
@click.pass_context
def serve(ctx: click.Context, listen: str) -> None:
    """Serve the web pages and the API, with local workers, until SIGTERM or Ctrl-C.

    Prints its URL on stdout once it can be asked.
    """
    from archive_service.log import configure_service_log
    from archive_service.processes import stop_on_signals
    from archive_service.serve import serve as run

    cli: Cli = ctx.find_root().obj
    _ = cli.services  # refuses a home that is not set up
    cli.services.close()
    configure_service_log()
    run(
        cli.settings,
        config=cli.config,
        listen=listen,
        stopping=stop_on_signals(),
        report=click.echo,
    )


@click.command()
@with_json
@click.option("--until-empty", is_flag=True, help="End when nothing runs or can run.")
@click.option(
    "--queue",
    "queues",
    multiple=True,
    type=click.Choice(QUEUES),
    help="Only jobs of this queue; may be given again. Without it: of all.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=0),
    metavar="N",
    help="Start N worker processes, for each queue where there is a broker.",
)
@click.option("--alone", is_flag=True, hidden=True, help="Be one worker; its parent starts it so.")
@click.option("--tell", is_flag=True, hidden=True, help="Be the one that tells the broker.")
@click.pass_context
def work(
    ctx: click.Context,
    *,
    until_empty: bool,
    queues: tuple[str, ...],
    concurrency: int | None,
    alone: bool,
    tell: bool,
    as_json: bool,
) -> None:
    """Run workers in the foreground until SIGTERM or Ctrl-C; the job in hand is finished.

    Without a broker this is one worker, with --concurrency N of them. With celery+amqp:// in
    jobs.url it is as many for each queue as jobs.concurrency tells, and the process that tells the
    broker what has come due.

    --until-empty works through what there is, in one process, and waits for retries due within
    60 s; later ones are counted as left.
    """
    from archive_service.log import configure_service_log
    from archive_service.processes import stop_on_signals, work_together, workers

    if not until_empty:
        configure_service_log()
    cli: Cli = ctx.find_root().obj
    stopping = stop_on_signals()
    broker = cli.services.broker
    by_children = broker.is_used or concurrency is not None
    if by_children and not (tell or until_empty or alone):
        cli.services.close()  # each child opens its own
        children = workers(cli.settings, cli.config, queues=queues, concurrency=concurrency)
        work_together(children, stopping)
        return
    from archive_service import worker  # all jobs of all rooms: a parent does none of them

    if tell:
        worker.tell_on(cli.services, stopping=stopping)
    elif alone and broker.is_used:
        worker.work_told(cli.services, queues=queues or QUEUES, stopping=stopping)
    else:
        chosen = queues or None
        tally = worker.work(cli.services, until_empty=until_empty, stopping=stopping, queues=chosen)
        if not alone:
            _show(cli, tally, as_json=as_json)


def _show(cli: Cli, tally: "Tally", *, as_json: bool) -> None:
    document = {
        "done": tally.done,
        "failed": tally.failed,
        "dead": tally.dead,
        "left": tally.left,
    }
    if as_json:
        emit(document)
    else:
        say(cli.said("work.tally", **document))
