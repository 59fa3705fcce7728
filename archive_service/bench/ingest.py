"""Times accepted until stored, beside ``cp``, SHA-256 and fsync of the same files."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from archive_service.bench import home as homes
from archive_service.bench.backends import on_files
from archive_service.bench.measure import RUNS, beside, document, settle, timed_in_processes

REFERENCE = "cp + sha256 + fsync"


def run(
    folder: Path, *, copies: int = 1, processes: int | None = None, runs: int = RUNS
) -> dict[str, Any]:
    """Medians over runs in turn: case files accepted until stored, against plain copying.

    Ours builds the packages, writes each into every copy, reads it back, and puts the evidence
    beside it. The reference copies each file, hashes it and forces it to the medium, ``copies``
    times. Both begin with the files in the page cache, on the same file system.

    Args:
        folder: holds submission folders.
        processes: of both; by default as many as cores.

    Raises:
        BenchFolderEmptyError: there is no submission folder.
        BenchFolderError: one has faults.
    """
    folders = homes.submission_folders(folder)
    count = processes or os.cpu_count() or 1
    ours_s, reference_s = [], []
    with tempfile.TemporaryDirectory(prefix="archive-bench-", dir=beside(folder)) as place:
        accepted = Path(place, "accepted")
        size_bytes = homes.make_accepted(accepted, folders, on_files(copies))
        staged = [file for file in (accepted / "staging").rglob("*") if file.is_file()]
        for number in range(runs):
            with tempfile.TemporaryDirectory(dir=place, prefix=f"ours-{number}-") as run_place:
                home = homes.copy_home(accepted, Path(run_place, "home"))
                settle(staged, cached=True)
                ours_s.append(timed_in_processes(prepare_ours, [(home,)] * count))
                homes.require_stored(home)
            with tempfile.TemporaryDirectory(dir=place, prefix=f"cp-{number}-") as target:
                settle(staged, cached=True)
                shares = [(staged[first::count], Path(target), copies) for first in range(count)]
                reference_s.append(timed_in_processes(prepare_reference, shares))
    return document(
        "ingest",
        ours_s=ours_s,
        reference_s=reference_s,
        size_bytes=size_bytes,
        reference=REFERENCE,
        facts={
            "case_files": len(folders),
            "files": len(staged),
            "copies": copies,
            "processes": count,
        },
    )


def prepare_ours(home: Path) -> Callable[[], None]:
    """In a worker process: services open and code loaded; the work is to store all."""
    from archive_service.bootstrap import open_services
    from archive_service.settings import load_settings

    services = open_services(load_settings(home))
    return partial(homes.store_all, services)


def prepare_reference(files: list[Path], target: Path, copies: int) -> Callable[[], None]:
    """In a process: copy, hash and sync each file of its share."""

    def work() -> None:
        for file in files:
            for number in range(copies):
                to = target / f"{file.name}.{number}"
                shutil.copyfile(file, to)
                with to.open("rb") as copied:
                    hashlib.file_digest(copied, "sha256")
                    os.fsync(copied.fileno())

    return work
