"""archive bench: our work beside a named reference, in the same run."""

import os
from pathlib import Path
from typing import Any

import click

from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, table, with_json

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def bench() -> None:
    """Times of our work beside a named reference, as ratios; each bench makes its own home.

    No setting from outside reaches that home: a bench never touches another's backends.
    """
    for name in [name for name in os.environ if name.startswith("ARCHIVE_")]:
        del os.environ[name]


@bench.command()
@with_json
@click.option("--from", "folder", type=FOLDER, required=True, help="Holds submission folders.")
@click.option("--make", is_flag=True, help="Fill the folder first, if it is new or empty.")
@click.option("--cases", type=click.IntRange(min=1), default=20, help="Case files to make.")
@click.option("--files", type=click.IntRange(min=1), default=10, help="PDFs in each of them.")
@click.option("--file-mib", type=click.IntRange(min=1), default=5, help="Size of a PDF in MiB.")
@click.option("--copies", type=click.IntRange(min=1), default=1, help="Copies of the home.")
@click.option("--runs", type=click.IntRange(min=1), default=3, help="Runs; medians count.")
def ingest(
    folder: Path,
    cases: int,
    files: int,
    file_mib: int,
    copies: int,
    runs: int,
    *,
    make: bool,
    as_json: bool,
) -> None:
    """Accepted until stored, beside cp + sha256 + fsync of the same files."""
    from archive_service.bench.ingest import run
    from archive_service.bench.material import make_case_files

    if make and not (folder.is_dir() and any(folder.iterdir())):
        make_case_files(folder, count=cases, files=files, file_bytes=file_mib << 20)
    _show(run(folder, copies=copies, runs=runs), as_json=as_json)


@bench.command()
@with_json
@click.option("--from", "folder", type=FOLDER, help="Holds submission folders; else some are made.")
@click.option("--cache", type=click.Choice(["warm", "cold"]), default="warm", help="Page cache.")
@click.option("--copies", type=click.IntRange(min=1), default=1, help="Copies of the home.")
@click.option("--runs", type=click.IntRange(min=1), default=3, help="Runs; medians count.")
def fixity(folder: Path | None, cache: str, copies: int, runs: int, *, as_json: bool) -> None:
    """A check of every stored byte, beside reading and hashing the same files."""
    from archive_service.bench.fixity import run

    _show(run(folder, cached=cache == "warm", copies=copies, runs=runs), as_json=as_json)


@bench.command()
@with_json
@click.option("--images", type=FOLDER, required=True, help="A folder of page images.")
@click.option(
    "--model",
    type=click.Choice(["fast", "best_int"]),
    default="best_int",
    show_default=True,
    help="Ours; fast is the reference's.",
)
@click.option("--runs", type=click.IntRange(min=1), default=3, help="Runs; medians count.")
def digitize(images: Path, model: str, runs: int, *, as_json: bool) -> None:
    """Page images to one searchable PDF/A, beside Debian's tesseract reading them to text."""
    from archive_service.bench.digitize import run

    _show(run(images, model, runs=runs), as_json=as_json)


@bench.command()
@with_json
@click.option("--size-gb", type=click.FloatRange(min=0.001), default=2, help="Size of the file.")
@click.option("--scans", type=FOLDER, help="A submission of page images, digitized along with it.")
def memory(size_gb: float, scans: Path | None, *, as_json: bool) -> None:
    """Peaks of every process while one large file is submitted, stored, checked and read.

    Exit 1 if one passes its limit: 300 MiB, or 350 MiB for parsers and OCR workers.
    """
    from archive_service.bench.memory import run

    document = run(round(size_gb * (1 << 30)), scans=scans)
    _show(document, as_json=as_json)
    if document["ratio"] > 1:
        click.get_current_context().exit(Exit.PROBLEMS)


def _show(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(document)
        return
    ours, reference = document["ours"], document["reference"]
    rows = [(name, ours[name], reference.get(name)) for name in ours]
    table((document["name"], "archive", reference["name"]), rows)
    click.echo(f"ratio {document['ratio']}")
