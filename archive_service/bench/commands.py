"""archive bench: our work beside a named reference, in the same run."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive_service.bench.short.commands import short
from archive_service.cli.errors import Exit
from archive_service.cli.output import emit, table, with_json

if TYPE_CHECKING:
    from archive_service.bench.backends import Servers

_NAMED = ("ARCHIVE_DATABASE__URL", "ARCHIVE_STORAGE__COPIES", "ARCHIVE_SEARCH__URL")
_ENGINES = ("fts5", "elasticsearch")
on_servers = click.option(
    "--servers", is_flag=True, help="On PostgreSQL and S3, those of the ARCHIVE_ variables."
)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def bench() -> None:
    """Times of our work beside a named reference, as ratios; each bench makes its own home.

    No setting from outside reaches that home: a bench never touches another's backends. Only with
    --servers it makes a database and buckets of its own, and takes them away again, on the
    servers that ARCHIVE_DATABASE__URL and ARCHIVE_STORAGE__COPIES name, as `make services` prints
    them.
    """
    context = click.get_current_context()
    context.obj = tuple(os.environ.get(name, "") for name in _NAMED)
    outside = {name: value for name, value in os.environ.items() if name.startswith("ARCHIVE_")}
    for name in outside:
        del os.environ[name]
    context.call_on_close(lambda: os.environ.update(outside))


@bench.command()
@with_json
@click.option("--from", "folder", type=FOLDER, required=True, help="Holds submission folders.")
@click.option("--make", is_flag=True, help="Fill the folder first, if it is new or empty.")
@click.option("--cases", type=click.IntRange(min=1), default=20, help="Case files to make.")
@click.option("--files", type=click.IntRange(min=1), default=10, help="PDFs in each of them.")
@click.option("--file-mib", type=click.FloatRange(min=0.01), default=5, help="MiB of a PDF.")
@click.option("--copies", type=click.IntRange(min=1), default=1, help="Copies of the home.")
@click.option("--runs", type=click.IntRange(min=1), default=3, help="Runs; medians count.")
@on_servers
def ingest(
    folder: Path,
    cases: int,
    files: int,
    file_mib: float,
    *,
    make: bool,
    as_json: bool,
    servers: bool,
    **how: int,
) -> None:
    """Accepted until stored, beside cp + sha256 + fsync of the same files.

    With --servers also from submission, beside bare minio-py: the same objects put and read back.
    """
    from archive_service.bench import ingest as on_files
    from archive_service.bench import ingest_servers
    from archive_service.bench.material import make_case_files

    if make and not (folder.is_dir() and any(folder.iterdir())):
        make_case_files(folder, count=cases, files=files, file_bytes=round(file_mib * (1 << 20)))
    named = _servers(wanted=servers)
    rows = (
        on_files.run(folder, **how) if named is None else ingest_servers.run(folder, named, **how)
    )
    _show(rows, as_json=as_json)


@bench.command()
@with_json
@click.option("--seeded", default="0", help="Held at each step, such as 0,10000,100000.")
@click.option("--cases", type=click.IntRange(min=1), default=500, help="Real ones at each step.")
@click.option("--bulk", is_flag=True, help="All of them as one delivery, beside the desk's pages.")
@click.option("--files", type=click.IntRange(min=1), default=5, help="With --bulk: PDFs of each.")
@click.option("--documents", type=click.IntRange(min=10), help="One case file of so many.")
@click.option("--large-pdf", type=click.FloatRange(min=0.01), help="One PDF of so many GB.")
@on_servers
def intake(
    seeded: str,
    cases: int,
    files: int,
    documents: int | None,
    large_pdf: float | None,
    *,
    bulk: bool,
    servers: bool,
    as_json: bool,
) -> None:
    """One case file from submission to index, with more and more held already: a curve.

    The rows of those held are made in bulk; the reference is the first step. With --bulk: one
    list of many case files received and checked by a served archive, while people look at their
    pages, beside cp and sha256sum of the same files. With --documents: one case file of many
    documents and the pages that list them, beside one of a tenth as many. With --large-pdf: one
    PDF by a folder and by an officer's upload, and what each process held.
    """
    from archive_service.bench import bulk as of_deliveries
    from archive_service.bench import large_pdf as of_one_file
    from archive_service.bench import many_documents
    from archive_service.bench.intake import run

    if bulk:
        _show(of_deliveries.run(cases, files=files), as_json=as_json)
        return
    if documents is not None:
        _show(many_documents.run(documents), as_json=as_json)
        return
    if large_pdf is not None:
        _show(of_one_file.run(round(large_pdf * of_one_file.GB)), as_json=as_json)
        return
    try:
        steps = sorted(int(step) for step in seeded.split(","))
    except ValueError as wrong:
        raise click.BadParameter(seeded, param_hint="--seeded") from wrong
    _show(run(steps, cases=cases, servers=_servers(wanted=servers)), as_json=as_json)


@bench.command()
@with_json
@click.option("--cases", type=click.IntRange(min=1), default=100, help="Case files to make.")
@click.option("--runs", type=click.IntRange(min=1), default=3, help="Runs; medians count.")
@on_servers
def rebuild(cases: int, runs: int, *, servers: bool, as_json: bool) -> None:
    """Database and index from the copies alone, beside reading the same inventories and METS."""
    from archive_service.bench.rebuild import run

    _show(run(cases=cases, runs=runs, servers=_servers(wanted=servers)), as_json=as_json)


@bench.command()
@with_json
@click.option("--cases", type=click.IntRange(min=5), default=1000, help="Case files of the list.")
@click.option("--copies", type=click.IntRange(min=1), default=2, help="Copies of the home.")
def destroy(cases: int, copies: int, *, as_json: bool) -> None:
    """An approved list claimed and destroyed in every place, beside rm, sync and bare deletes."""
    from archive_service.bench.destroy import run

    _show(run(cases=cases, copies=copies), as_json=as_json)


@bench.command()
@with_json
@click.option("--from", "folder", type=FOLDER, help="Holds submission folders; else some are made.")
@click.option("--cache", type=click.Choice(["warm", "cold"]), default="warm", help="Page cache.")
@click.option("--copies", type=click.IntRange(min=1), default=1, help="Copies of the home.")
@click.option("--runs", type=click.IntRange(min=1), default=3, help="Runs; medians count.")
@on_servers
def fixity(folder: Path | None, cache: str, *, servers: bool, as_json: bool, **how: int) -> None:
    """A check of every stored byte, beside reading and hashing the same files or objects."""
    from archive_service.bench.fixity import run

    named = _servers(wanted=servers)
    _show(run(folder, cached=cache == "warm", servers=named, **how), as_json=as_json)


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
@click.option("--pages", type=click.IntRange(min=1), default=40, help="Pages of each set.")
@click.option("--seed", type=click.IntRange(min=0), help="One set of its own, not the two.")
@click.option(
    "--model",
    type=click.Choice(["fast", "best_int"]),
    default="best_int",
    show_default=True,
    help="Ours; fast is the reference's.",
)
@click.option(
    "--set",
    "papers",
    type=click.Choice(["usual", "old"]),
    default="usual",
    show_default=True,
    help="Clean papers, or every kind of old paper; --pages are then of each kind.",
)
@click.option("--kind", "kinds", multiple=True, help="Of old paper, this alone; repeatable.")
def accuracy(
    pages: int, seed: int | None, model: str, papers: str, kinds: tuple[str, ...], *, as_json: bool
) -> None:
    """Letters and words misread, in per cent, on papers drawn by lot: the same from one seed.

    CER and WER where the words are printed, and once more as one text in the order of reading.
    The reference is Debian's tesseract on the untouched page. Without --seed two sets: the one
    that we tuned on, and one held out. Old paper is of the held-out seed, its reference reads
    with both models, and the ratio is to the better one.
    """
    from archive_service.bench.accuracy import drawn_paper as usual
    from archive_service.bench.accuracy import old_paper
    from archive_service.demo.old_papers.kinds import KINDS

    if papers == "usual":
        _show(usual.run(pages, seed=seed, model=model), as_json=as_json)
        return
    if unknown := set(kinds) - set(KINDS):
        raise click.BadParameter(", ".join(sorted(unknown)), param_hint="--kind")
    chosen = usual.HELD_OUT_SEED if seed is None else seed
    _show(old_paper.run(pages, seed=chosen, kinds=kinds), as_json=as_json)


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


@bench.command()
@with_json
@click.option("--pages", type=click.IntRange(min=1), default=1000, help="Pages that are sent.")
@click.option("--per-minute", type=click.FloatRange(min=1), default=60, help="How fast.")
@click.option("--batch", type=click.IntRange(min=1), default=100, help="Pages of a batch.")
def station(pages: int, per_minute: float, batch: int, *, as_json: bool) -> None:
    """Desk pages asked for while a station sends and batches are read, beside nothing being sent.

    The archive is served by real processes; each page that is sent is an upload of its own.
    Exit 1 if one was lost or doubled.
    """
    from archive_service.bench.station import run

    document = run(pages, per_minute=per_minute, batch=batch)
    _show(document, as_json=as_json)
    if document["lost"] or document["doubled"]:
        click.get_current_context().exit(Exit.PROBLEMS)


@bench.command()
@with_json
@click.option("--documents", type=click.IntRange(min=1), default=20, help="PDFs to sign.")
@click.option("--runs", type=click.IntRange(min=1), default=3, help="Runs; medians count.")
def sign(documents: int, runs: int, *, as_json: bool) -> None:
    """A PDF signed, stamped and verified, beside bare pyHanko with the same key.

    Also a batch as a clerk orders it: one unlock, a visible mark on each copy, into staging.
    """
    from archive_service.bench.sign import run

    _show(run(documents=documents, runs=runs), as_json=as_json)


@bench.command()
@with_json
@click.option("--documents", type=click.IntRange(min=1), default=10_000, help="Pages held.")
def search(documents: int, *, as_json: bool) -> None:
    """A search of the embedded index, beside the same words asked of a bare FTS5 table."""
    from archive_service.bench.search import run

    _show(run(documents), as_json=as_json)


@bench.command("search-quality")
@with_json
@click.option("--documents", type=click.IntRange(min=100), default=5000, help="Documents made.")
@click.option("--half", type=click.Choice(["tune", "gate"]), default="tune", help="Which queries.")
@click.option("--engine", type=click.Choice(_ENGINES), default="fts5", help="Index.")
@click.option("--each", type=click.IntRange(min=1), default=30, help="Queries of a class.")
def search_quality(*, as_json: bool, **how: Any) -> None:
    """What a search finds of what was meant, class by class of queries, with intervals.

    Queries well typed, mistyped, without marks, with number, year, signer, questions, days, codes:
    recall@10, MRR, and in brackets what is wanted. The half for the gate is not to be tuned on.
    Elasticsearch is the server of ARCHIVE_SEARCH__URL, under a prefix of the bench's own.
    """
    from archive_service.bench.search_quality.measure import rows, run

    document = run(**how, server=click.get_current_context().obj[2])
    if as_json:
        emit(document)
        return
    named = ("class", "queries", "recall@10", "95 %", "MRR", "95 %", "precision@3", "nothing")
    table(named, list(rows(document)))
    click.echo(f"ratio {document['ratio']}")


@bench.command()
@with_json
@click.option("--case-files", type=click.IntRange(min=100), default=1_000_000, help="Rows held.")
@click.option("--database", help="A PostgreSQL server; default SQLite. Its own database is made.")
def retention(case_files: int, database: str | None, *, as_json: bool) -> None:
    """What is due swept, a schedule tried, the calendar, beside one bare pass over the same rows.

    One in twenty is due, half of them move. The rows have no bytes. A PostgreSQL server is the
    one of --database; the name of a database in it is needed, and that one is not touched.
    """
    from archive_service.bench.retention import run

    _show(run(case_files, database=database), as_json=as_json)


@bench.command()
@with_json
@click.option("--packages", type=click.IntRange(min=1), default=1000, help="Case files that go.")
@click.option("--files", type=click.IntRange(min=1), default=1, help="PDFs in each of them.")
@click.option("--file-mib", type=click.FloatRange(min=0.01), default=1, help="MiB of a PDF.")
@click.option(
    "--items", "seeded", type=click.IntRange(min=0), default=100_000, help="0: not measured."
)
@click.option("--givers", type=click.IntRange(min=0), default=500, help="0: not measured.")
@click.option("--database", help="A PostgreSQL server for the rows of --items and --givers.")
def transfer(packages: int, *, file_mib: float, as_json: bool, **how: Any) -> None:
    """Packages built, put on a disk, received and sent, beside cp + sha256 + fsync of the same.

    The checks of the door are timed apart. Then a transfer of --items whose packages never come:
    what commands that read all of it hold, beside a tenth as many, and its pages; then pages over
    what --givers brought in ten years. With --database its own databases are made on that server.
    """
    from archive_service.bench.transfer.packages import run

    _show(run(packages, file_bytes=round(file_mib * (1 << 20)), **how), as_json=as_json)


@bench.command()
@with_json
@click.option("--case-files", type=click.IntRange(min=60), default=10_000, help="Held by rows.")
@click.option("--asked", type=click.IntRange(min=1), default=30, help="Times of each page.")
@on_servers
def scale(case_files: int, asked: int, *, servers: bool, as_json: bool) -> None:
    """Intake, lists, daily work and room with so many held, beside a tenth as many.

    An exponent of 0 is flat, of 1 as fast as what is held. Lists are sorted at their last page.
    """
    from archive_service.bench.scale.table import run

    _show(run(case_files, asked=asked, servers=_servers(wanted=servers)), as_json=as_json)


@bench.command("slow-clients")
@with_json
@click.option("--sockets", type=click.IntRange(min=0), default=200, help="A byte in 9 s each.")
@click.option("--uploads", type=click.IntRange(min=0), default=16, help="2 KiB a second each.")
@click.option("--seconds", type=click.FloatRange(min=1), default=60, help="How long to ask.")
@click.option("--nginx", default="", metavar="PROGRAM", help="Through deploy/nginx.conf.")
def slow_clients(sockets: int, uploads: int, seconds: float, nginx: str, *, as_json: bool) -> None:
    """Pages of a served archive while slow clients are held, beside the same without them."""
    from archive_service.bench.slow_clients import run

    _show(run(sockets=sockets, uploads=uploads, seconds=seconds, nginx=nginx), as_json=as_json)


bench.add_command(short)


def _servers(*, wanted: bool) -> "Servers | None":
    """Those that the variables named before the bench forgot them."""
    from archive_service.bench.backends import Servers

    database, copies, search = click.get_current_context().obj
    return Servers.named(database, copies, search) if wanted else None


def _show(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(document)
        return
    ours, reference = document["ours"], document["reference"]
    rows = [(name, ours[name], reference.get(name)) for name in ours]
    table((document["name"], "archive", reference["name"]), rows)
    if kinds := document.get("by_kind"):
        names = list(dict.fromkeys(name for row in kinds.values() for name in row))
        told = [(kind, *(row.get(name) for name in names)) for kind, row in kinds.items()]
        table(("kind", *names), told)
    for heads, more in document.get("tables", ()):
        table(heads, more)
    click.echo(f"ratio {document['ratio']}")
