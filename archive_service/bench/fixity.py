"""Times our check of every stored byte, beside reading and hashing the same files."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from archive_service import clock
from archive_service.bench import home as homes
from archive_service.bench.material import make_case_files
from archive_service.bench.measure import RUNS, beside, document, settle, timed
from archive_service.bootstrap import Services, open_services
from archive_service.settings import load_settings
from archive_service.workflow.fixity import FixityRun, iter_check

REFERENCE = "read + sha256"
MADE_CASES, MADE_FILES, MADE_BYTES = 10, 10, 5 << 20


def run(
    folder: Path | None = None, *, cached: bool = True, copies: int = 1, runs: int = RUNS
) -> dict[str, Any]:
    """Medians over runs in turn, with as many threads as cores on both sides.

    Args:
        folder: holds submission folders; ``None`` makes some, 500 MiB in all.
        cached: whether all files are in the page cache before each run, or none is.

    Raises:
        BenchFolderEmptyError: there is no submission folder.
        BenchFolderError: one has faults.
    """
    above = None if folder is None else beside(folder)
    with tempfile.TemporaryDirectory(prefix="archive-bench-", dir=above) as place:
        if folder is None:
            made = make_case_files(
                Path(place, "from"), count=MADE_CASES, files=MADE_FILES, file_bytes=MADE_BYTES
            )
        folders = made if folder is None else homes.submission_folders(folder)
        home = Path(place, "home")
        homes.make_accepted(home, folders, copies=copies)
        services = open_services(load_settings(home))
        try:
            homes.store_all(services)
            return _compared(services, cached=cached, runs=runs)
        finally:
            services.close()


def _compared(services: Services, *, cached: bool, runs: int) -> dict[str, Any]:
    threads = os.cpu_count() or 1
    roots = [services.settings.home / copy.name for copy in services.copies]
    files = [file for root in roots for file in sorted(root.rglob("*")) if file.is_file()]
    ours_s, reference_s = [], []
    for _ in range(runs):
        check = FixityRun(clock.now())
        settle(files, cached=cached)
        ours_s.append(timed(lambda check=check: _ours(services, check)))  # type: ignore[misc]  # bound now
        if check.tally.troubles() or not check.tally.intact:
            raise homes.BenchFolderError(folder=services.settings.home, found=check.tally)
        settle(files, cached=cached)
        reference_s.append(timed(lambda: _reference(files, threads)))
    return document(
        "fixity",
        ours_s=ours_s,
        reference_s=reference_s,
        size_bytes=sum(file.stat().st_size for file in files),
        reference=REFERENCE,
        facts={
            "files": len(files),
            "copies": len(roots),
            "threads": threads,
            "page_cache": "warm" if cached else "cold",
        },
    )


def _ours(services: Services, check: FixityRun) -> None:
    for _ in iter_check(services, check):
        pass


def _reference(files: Sequence[Path], threads: int) -> None:
    def read(file: Path) -> str:
        with file.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(read, files):
            pass
