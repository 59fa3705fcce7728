"""archive scan import, archive scan separators: batches in, and the sheets between documents."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service import messages
from archive_service.cli.context import Cli, pass_cli
from archive_service.cli.errors import Exit
from archive_service.cli.files import first_line_of
from archive_service.cli.output import emit, progress, say, with_json
from archive_service.cli.values import MisfitUsageError

if TYPE_CHECKING:
    from uuid import UUID

    from digitize.batches.intake.folder import FileToSend, Progress
    from digitize.batches.intake.receive import BatchOrder
    from digitize.batches.intake.remote import RemoteDoor

Command = Callable[..., None]
_ASK_AGAIN_S = 2.0


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


def to_server(command: Command) -> Command:
    """The options that say where the archive is, if it is not here."""
    for option in (
        click.option(
            "--token-file",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="With --server: a file that holds the station's token.",
        ),
        click.option(
            "--server", help="Address of an archive elsewhere, such as https://archive.example."
        ),
    ):
        command = option(command)
    return command


def remote_door(cli: Cli, station: str, server: str, token_file: Path | None) -> "RemoteDoor":
    """The way into the archive at ``server``."""
    from digitize.batches.intake.remote import RemoteDoor

    if token_file is None:
        raise MisfitUsageError("token-file")
    token = first_line_of(token_file)
    return RemoteDoor(server, token, station=station, lang=cli.lang)


@click.command("import")
@with_json
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@of_batch
@to_server
@click.option("--wait", is_flag=True, help="Wait until it is read; read it where no worker does.")
@click.pass_context
def import_(
    ctx: click.Context,
    /,
    folder: Path,
    station: str,
    server: str | None,
    token_file: Path | None,
    *,
    wait: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Take in a folder of page images as one batch; the same folder again is the same batch.

    With --server into an archive elsewhere. Exit 1 if a file was refused or, with --wait, if the
    batch as a whole has an error.
    """
    from digitize.batches.intake.receive import BatchOrder

    cli: Cli = ctx.find_root().obj
    order = BatchOrder(reference="", **given)

    def shown(files: Sequence["FileToSend"]) -> Iterator["FileToSend"]:
        return progress(files, cli.said("scan.taking"), total=len(files))

    if server is None:
        document = _imported(cli, folder, order, station, shown, wait=wait)
    else:
        door = remote_door(cli, station, server, token_file)
        most_bytes = cli.settings.limits.file_bytes
        document = _sent(door, folder, order, shown, most_bytes=most_bytes, wait=wait)
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
    from digitize.batches.intake.acts import print_separators

    pdf, count = print_separators(cli.services, code, ordinals, actor=cli.actor)
    target.write_bytes(pdf)
    if as_json:
        emit({"path": str(target), "sheets": count, "size_bytes": len(pdf)})
    else:
        say(cli.said("scan.separators", count=count, path=target))


def _imported(
    cli: Cli, folder: Path, order: "BatchOrder", station: str, shown: "Progress", *, wait: bool
) -> dict[str, Any]:
    from digitize.batches.intake import acts as intake_acts

    batch_id = intake_acts.import_folder(
        cli.services, folder, order, station=station, actor=cli.writer, progress=shown
    )
    if wait:
        _wait(cli, batch_id)
    return intake_acts.intake_document(cli.services, batch_id, actor=cli.actor, lang=cli.lang)


def _wait(cli: Cli, batch_id: "UUID") -> None:
    """Read it ourselves; where a worker has it in hand, wait for that one."""
    from digitize.batches.intake.acts import awaits_reading
    from digitize.batches.intake.receive import READ_JOB

    while awaits_reading(cli.services, batch_id):
        if not cli.do_job(READ_JOB, batch_id):
            time.sleep(0.2)


def _sent(
    door: "RemoteDoor",
    folder: Path,
    order: "BatchOrder",
    shown: "Progress",
    *,
    most_bytes: int,
    wait: bool,
) -> dict[str, Any]:
    """Into an archive elsewhere, whose workers read it."""
    from digitize.batches.intake.remote import send_folder

    batch = send_folder(door, folder, order, most_bytes=most_bytes, progress=shown)
    document = door.document(batch)
    while wait and document["state"] == "reading":
        time.sleep(_ASK_AGAIN_S)
        document = door.document(batch)
    return document


def _tell(cli: Cli, document: dict[str, Any]) -> None:
    words = {name: document[name] for name in ("batch", "files", "pages")}
    words["state"] = messages.label("batch-states", document["state"], cli.lang)
    click.echo(cli.said("scan.taken", **words))
    for trouble in (*document["refused"], *document["findings"]):
        click.echo(
            f"  {cli.said('scan.refused', name=trouble['place'], message=trouble['message'])}"
        )
        if trouble["remedy"]:
            click.echo(f"          → {trouble['remedy']}")
