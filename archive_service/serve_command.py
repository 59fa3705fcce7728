"""archive serve: pages, API and local workers."""

import click

from archive_service.cli.context import Cli


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
