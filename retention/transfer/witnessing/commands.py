"""archive witness: who keeps the checkpoints of whose log; and a witness without an archive."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive_service.cli.context import Cli
from archive_service.cli.offered import ActGroup, worded
from archive_service.cli.output import emit, say, table, told, with_json

if TYPE_CHECKING:
    from retention.transfer.witnessing.documents import WitnessingDocument


@click.group(cls=ActGroup)
def witness() -> None:
    """Witnesses: archives and others that keep and cosign the checkpoints of a log."""


def _listed(cli: Cli, found: "WitnessingDocument", *, as_json: bool) -> None:
    if as_json:
        emit(found.as_json())
        return
    if found.key:
        click.echo(found.key)
    for side in ("witnessed", "witnesses"):
        rows = [
            (partner.code, partner.name, partner.size, told(partner.at))
            for partner in getattr(found, side)
        ]
        say(cli.said(f"witness.{side}", count=len(rows)))
        if rows:
            table(
                [cli.said(f"witness.heads.{head}") for head in ("code", "name", "size", "at")], rows
            )


_TAKING = "retention.transfer.witnessing.taking"
_LISTING = "retention.transfer.witnessing.listing"
witness.offer(
    "begin-anew", f"{_TAKING}:begin_anew", click.Argument(["code"]), show=worded("witness.anew")
)


@witness.command()
@with_json
@click.option("--name", required=True, help="Name of the witness, such as luutru.sonlam.example.")
@click.pass_context
def key(ctx: click.Context, name: str, *, as_json: bool) -> None:
    """Make the key of a witness without an archive, below the home; those it witnesses pin it."""
    from archive_service.evidence.witness.home import WitnessHome

    cli: Cli = ctx.find_root().obj
    vkey = WitnessHome(cli.home).make_key(name).vkey
    if as_json:
        emit({"key": vkey})
    else:
        click.echo(vkey)


@witness.command()
@with_json
@click.argument("origin")
@click.argument(
    "certificates", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False)
)
@click.pass_context
def pin(ctx: click.Context, origin: str, certificates: tuple[Path, ...], *, as_json: bool) -> None:
    """Witness the log of ORIGIN, an archive's code, signed by the keys of these certificates."""
    from archive_service.evidence.witness.home import WitnessHome

    cli: Cli = ctx.find_root().obj
    home = WitnessHome(cli.home)
    found = [pin for it in certificates for pin in home.pin(origin, it.read_bytes(), name=it.name)]
    if as_json:
        emit({"origin": origin, "certificates": found})
    else:
        say(cli.said("witness.pinned", origin=origin, certificates=", ".join(found)))


@witness.command()
@click.option(
    "--listen",
    default="127.0.0.1:8400",
    show_default=True,
    metavar="HOST:PORT",
    help="Address to listen on; port 0 takes any that is free.",
)
@click.pass_context
def serve(ctx: click.Context, listen: str) -> None:
    """Be a witness without an archive, until SIGTERM or Ctrl-C; needs its key and pinned logs.

    Prints its URL on stdout once it can be asked.
    """
    from archive_service.evidence.witness.api import serve as run
    from archive_service.log import configure_service_log

    cli: Cli = ctx.find_root().obj
    configure_service_log()
    run(cli.home, listen, click.echo)


witness.offer("list", f"{_LISTING}:show_witnessing", show=_listed, reads=True)
