"""archive scan import, archive scan separators: batches in, and the sheets between documents."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, progress, say, with_json

if TYPE_CHECKING:
    from archive_service.workflow.batch_intake import FileToSend

Command = Callable[..., None]


def of_batch(command: Command) -> Command:
    """The options that say what a batch is."""
    for option in (
        click.option(
            "--pages", "pages_expected", type=click.IntRange(min=0), help="Of the cover sheet."
        ),
        click.option("--duplex", is_flag=True, help="Both sides of each sheet were scanned."),
        click.option(
            "--split",
            default="none",
            show_default=True,
            help="How pages become documents: none, separators, or N pages each.",
        ),
        click.option(
            "--code", default="", help="Code of the case file; none: separator sheets say it."
        ),
        click.option("--station", required=True, help="Name of the station."),
    ):
        command = option(command)
    return command


@click.command("import")
@with_json
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@of_batch
@click.option("--wait", is_flag=True, help="Wait until it is read; read it where no worker does.")
@click.pass_context
def import_(
    ctx: click.Context,
    /,
    folder: Path,
    station: str,
    *,
    wait: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Take in a folder of page images as one batch; the same folder again is the same batch.

    Exit 1 if a file was refused or, with --wait, if the batch as a whole has an error.
    """
    from archive_service.workflow import batch_intake
    from digitize.batches.receive import BatchOrder

    cli: Cli = ctx.find_root().obj
    order = BatchOrder(reference="", **given)

    def shown(files: Sequence["FileToSend"]) -> Iterator["FileToSend"]:
        return progress(files, cli.said("scan.taking"), total=len(files))

    batch_id = batch_intake.import_folder(
        cli.services, folder, order, station=station, actor=cli.writer, told=shown
    )
    if wait:
        _wait(cli, batch_id)
    document = batch_intake.intake_document(cli.services, batch_id, actor=cli.actor, lang=cli.lang)
    if as_json:
        emit(document)
    else:
        _tell(cli, document)
    errors = any(finding["severity"] == "error" for finding in document["findings"])
    if document["refused"] or (wait and errors):
        ctx.exit(Exit.PROBLEMS)


@click.command()
@with_json
@click.option("--code", required=True, help="Code of the case file.")
@click.option("--documents", "ordinals", help="Ordinals such as 1-20; none: all that await pages.")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The PDF.",
)
@pass_cli
def separators(
    cli: Cli, /, code: str, ordinals: str | None, target: Path, *, as_json: bool
) -> None:
    """Print separator sheets with QR, one for each document, as PDF/A."""
    from archive_service.workflow.batch_intake import print_separators

    pdf, count = print_separators(cli.services, code, ordinals, actor=cli.actor)
    target.write_bytes(pdf)
    if as_json:
        emit({"path": str(target), "sheets": count, "size_bytes": len(pdf)})
    else:
        say(cli.said("scan.separators", count=count, path=target))


def _wait(cli: Cli, batch_id: Any) -> None:
    """Read it ourselves; where a worker has it in hand, wait for that one."""
    import time

    from archive_service.worker import run_one
    from archive_service.workflow.batch_intake import awaits_reading
    from digitize.batches.receive import READ_JOB

    while awaits_reading(cli.services, batch_id):
        if run_one(cli.services, subject_id=batch_id, names=(READ_JOB,)) is None:
            time.sleep(0.2)


def _tell(cli: Cli, document: dict[str, Any]) -> None:
    words = {name: document[name] for name in ("batch", "files", "pages")}
    words["state"] = messages.text(f"badges.batch.{document['state']}", cli.lang)
    click.echo(cli.said("scan.taken", **words))
    for one in (*document["refused"], *document["findings"]):
        click.echo(f"  {cli.said('scan.refused', name=one['place'], message=one['message'])}")
        if one["remedy"]:
            click.echo(f"          → {one['remedy']}")
