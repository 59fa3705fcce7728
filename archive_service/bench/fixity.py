"""Times our check of every stored byte, beside reading and hashing the same files."""

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from archive_service import clock
from archive_service.bench import home as homes
from archive_service.bench.backends import Servers, made
from archive_service.bench.bare import FILES_REFERENCE, S3_REFERENCE, list_bare, read_all
from archive_service.bench.material import make_case_files
from archive_service.bench.measure import RUNS, beside, document, settle, timed
from archive_service.bootstrap import open_services
from archive_service.keeping.fixity.check import FixityRun, iter_check
from archive_service.services import Services
from archive_service.settings import load_settings

MADE_CASES, MADE_FILES, MADE_BYTES = 10, 10, 5 << 20


def run(
    folder: Path | None = None,
    *,
    cached: bool = True,
    copies: int = 1,
    runs: int = RUNS,
    servers: Servers | None = None,
) -> dict[str, Any]:
    """Medians over runs in turn, with as many threads as cores on both sides.

    Args:
        folder: holds submission folders; ``None`` makes some, 500 MiB in all.
        cached: whether all files are in the page cache before each run, or none is; of copies in
            folders alone.
        servers: where there are some, copies lie in buckets, and the reference is minio-py.

    Raises:
        BenchFolderEmptyError: there is no submission folder.
        BenchFolderError: one has faults.
    """
    above = None if folder is None else beside(folder)
    with (
        tempfile.TemporaryDirectory(prefix="archive-bench-", dir=above) as place,
        made(servers, copies) as backends,
    ):
        if folder is None:
            new = make_case_files(
                Path(place, "from"), count=MADE_CASES, files=MADE_FILES, file_bytes=MADE_BYTES
            )
        folders = new if folder is None else homes.submission_folders(folder)
        home = Path(place, "home")
        homes.make_accepted(home, folders, backends)
        services = open_services(load_settings(home))
        try:
            homes.store_all(services)
            return _compared(services, cached=cached, runs=runs)
        finally:
            services.close()


def _compared(services: Services, *, cached: bool, runs: int) -> dict[str, Any]:
    threads = os.cpu_count() or 1
    home, urls = services.settings.home, services.settings.storage.copies
    objects = [found for url in urls for found in list_bare(url, home)]
    in_folders = [home / url.partition(":")[2] for url in urls if url.startswith("file:")]
    files = [it for root in in_folders for it in sorted(root.rglob("*")) if it.is_file()]
    ours_s, reference_s = [], []
    for _ in range(runs):
        check = FixityRun(clock.now())
        settle(files, cached=cached)
        ours_s.append(timed(partial(_ours, services, check)))
        if check.tally.troubles() or not check.tally.intact:
            raise homes.BenchFolderError(folder=home, found=check.tally)
        settle(files, cached=cached)
        reference_s.append(timed(lambda: read_all(objects, threads)))
    return document(
        "fixity",
        ours_s=ours_s,
        reference_s=reference_s,
        size_bytes=sum(held.size_bytes for held in objects),
        reference=FILES_REFERENCE if files else S3_REFERENCE,
        facts={
            "files": len(objects),
            "copies": len(urls),
            "threads": threads,
            "page_cache": "warm" if cached else "cold",
        },
    )


def _ours(services: Services, check: FixityRun) -> None:
    for _ in iter_check(services, check):
        pass
