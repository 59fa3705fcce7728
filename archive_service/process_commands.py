"""archive serve and archive work: the processes of the service on this machine."""

import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click

from archive_service.cli.context import Cli
from archive_service.cli.errors import report
from archive_service.cli.output import emit, say, with_json
from archive_service.errors import ArchiveError
from archive_service.jobs.queues import QUEUES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive_service.services import Services
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
    from archive_service.processes import stop_on_signals, workers
    from archive_service.serve import serve as run
    from archive_service.setup.acts import require_archive_code

    cli: Cli = ctx.find_root().obj
    require_archive_code(cli.settings.archive.code)
    _ = cli.services  # refuses a home that is not set up
    cli.services.close()
    configure_service_log()
    run(
        cli.settings,
        workers(cli.settings, partial(_be_worker, cli), partial(_be_teller, cli)),
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
@click.pass_context
def work(
    ctx: click.Context,
    *,
    until_empty: bool,
    queues: tuple[str, ...],
    concurrency: int | None,
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
    from archive_service.processes import load, stop_on_signals, work_together, workers

    if not until_empty:
        configure_service_log()
    cli: Cli = ctx.find_root().obj
    stopping = stop_on_signals()
    if (cli.services.broker.is_used or concurrency is not None) and not until_empty:
        cli.services.close()  # each child opens its own
        does = partial(_be_worker, cli), partial(_be_teller, cli)
        children = workers(cli.settings, *does, queues=queues, concurrency=concurrency)
        load(["archive_service.worker"])
        work_together(children, stopping)
        return
    from archive_service import worker  # all jobs of all rooms

    chosen = queues or None
    tally = worker.work(cli.services, until_empty=until_empty, stopping=stopping, queues=chosen)
    _show(cli, tally, as_json=as_json)


def _be_worker(cli: Cli, queues: "Sequence[str]") -> None:
    """In a process of its own, until SIGTERM."""
    from archive_service import worker
    from archive_service.processes import stop_on_signals

    stopping = stop_on_signals()
    with _opened_anew(cli) as services:
        if services.broker.is_used:
            worker.work_told(services, queues=queues or QUEUES, stopping=stopping)
        else:
            worker.work(services, until_empty=False, stopping=stopping, queues=queues or None)


def _be_teller(cli: Cli) -> None:
    """The one that tells the broker, in a process of its own, until SIGTERM."""
    from archive_service import worker
    from archive_service.processes import stop_on_signals

    stopping = stop_on_signals()
    with _opened_anew(cli) as services:
        worker.tell_on(services, stopping=stopping)


@contextmanager
def _opened_anew(cli: Cli) -> "Iterator[Services]":
    """The backends of this process; it ends with words and a code where they cannot be opened."""
    own = cli.anew()
    try:
        yield own.services
    except ArchiveError as error:
        sys.exit(report(error, lang=cli.lang, as_json=False))
    finally:
        own.close()


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
