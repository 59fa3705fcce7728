"""archive upgrade: bring an archive to this release, proved before and after."""

from pathlib import Path

import click

from archive_service.cli.context import Cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, say, with_json

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@with_json
@click.option("--to", "target", type=_FOLDER, help="Folder of the report; default the home's.")
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="Packages whose inventories are read in every copy.",
)
@click.option("--all", "every", is_flag=True, help="Read the inventories of all packages.")
@click.option(
    "--without-backup", default="", metavar="REASON", help="Go on without a backup of the last day."
)
@click.option(
    "--wait", "wait_s", type=click.FloatRange(min=0), default=60.0, show_default=True,
    metavar="S", help="Seconds to wait for workers to finish the jobs in hand.",
)  # fmt: skip
@click.pass_context
def upgrade(
    ctx: click.Context,
    target: Path | None,
    sample: int,
    without_backup: str,
    wait_s: float,
    *,
    every: bool,
    as_json: bool,
) -> None:
    """Migrate the database, all or nothing; compare digests and counts, and write a signed report.

    Wants a backup of the last day, and no job in a worker's hands. Exit 5 if anything differs: then
    nothing was changed.
    """
    from archive_service.recovery.upgrade.acts import UpgradeOrder, upgrade_archive

    cli: Cli = ctx.find_root().obj
    order = UpgradeOrder(target, None if every else sample, without_backup, wait_s)
    document = upgrade_archive(cli.opened, order, actor=cli.operator)
    if as_json:
        emit(document)
    else:
        for difference in document["differences"]:
            click.echo(difference)
        text = "upgrade.done" if document["migrated"] else "upgrade.nothing"
        say(cli.said("upgrade.undone" if document["differences"] else text, **document))
        if withdrawn := document["withdrawn"]:
            counts = {name: len(listed) for name, listed in withdrawn.items()}
            say(cli.said("upgrade.withdrawn", **counts))
    if document["differences"]:
        ctx.exit(Exit.INTEGRITY)
