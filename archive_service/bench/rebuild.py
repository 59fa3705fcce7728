"""Times a rebuild from the copies alone, beside reading the same inventories and METS files."""

import statistics
import tempfile
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from archive_service import worker
from archive_service.bench import home as homes
from archive_service.bench.backends import Servers, made
from archive_service.bench.bare import list_bare, read_all
from archive_service.bench.material import make_case_files
from archive_service.bench.measure import RUNS, machine, rounded, timed
from archive_service.bootstrap import open_services
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.recovery.rebuild.read_side_by_side import THREADS
from archive_service.services import Services
from archive_service.settings import load_settings
from archive_service.workflow.case_file import STEPS

REFERENCE = "inventories and METS files read, with sha256"
_READ = ("/inventory.json", "/METS.xml")


def run(
    *,
    cases: int = 100,
    files: int = 3,
    file_bytes: int = 50 << 10,
    servers: Servers | None = None,
    runs: int = RUNS,
) -> dict[str, Any]:
    """Medians over runs in turn; ours is database, trail, acts and index, ready to be used.

    The reference reads each inventory and each METS file of the same copy once, with as many
    threads as the rebuild reads with.
    """
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as place, made(servers, 1) as urls:
        folders = make_case_files(
            Path(place, "from"), count=cases, files=files, file_bytes=file_bytes
        )
        home = Path(place, "home")
        homes.make_home(home, folders, urls)
        _hold(home, folders)
        ours_s, reference_s = [], []
        url = urls.copies[0]
        for _ in range(runs):
            with closing(open_services(load_settings(home))) as services:
                ours_s.append(timed(partial(_rebuilt, services, cases)))
            found = [found for found in list_bare(url, home) if found.key.endswith(_READ)]
            reference_s.append(timed(partial(read_all, found, THREADS)))
    ours, theirs = statistics.median(ours_s), statistics.median(reference_s)
    return {
        "name": "rebuild",
        "machine": machine(),
        "backends": "PostgreSQL, S3" if servers else "SQLite, files",
        "case_files": cases,
        "files": files,
        "threads": THREADS,
        "ours": _figures(ours, cases),
        "reference": {"name": REFERENCE, **_figures(theirs, cases)},
        "ratio": round(ours / theirs, 3),
        "runs": {"ours_s": rounded(ours_s), "reference_s": rounded(reference_s)},
    }


def _hold(home: Path, folders: Sequence[Path]) -> None:
    """All case files stored, with receipts and indexed."""
    with closing(open_services(load_settings(home))) as services:
        for folder in folders:
            homes.accept_folder(folder, services)
        while worker.run_one(services, names=STEPS.keys()):
            pass
    homes.require_stored(home)


def _rebuilt(services: Services, cases: int) -> None:
    found = rebuild(services, actor=homes.OPERATOR).cases
    if found != cases:
        raise homes.BenchFolderError(folder=services.settings.home, found=found)


def _figures(seconds: float, cases: int) -> dict[str, float]:
    return {
        "seconds": round(seconds, 3),
        "case_files_per_minute": round(60 * cases / seconds),
    }
