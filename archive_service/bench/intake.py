"""Times case files from submission to index, with more and more of them held already."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from archive_service import worker
from archive_service.bench import home as homes
from archive_service.bench.backends import Servers, made
from archive_service.bench.material import make_case_files
from archive_service.bench.measure import machine, timed
from archive_service.bench.seed import Seeds, gather_statistics
from archive_service.bootstrap import open_services
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from archive_service.settings import load_settings
from archive_service.workflow.case_file import STEPS

REFERENCE = "the same with nothing held yet"
UPKEEP = ("write-out-evidence", "sweep-staging", "watch-index", "watch-copies")
_WARM = 3  # case files before the first that counts


@dataclass(slots=True)
class _Home:
    """One archive that holds so many from the beginning."""

    services: Services
    held: int
    taken_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)  # of this process

    def take(self, folder: Path) -> None:
        """One case file all the way, timed."""
        cpu, started = time.process_time(), time.perf_counter()
        _whole_way(folder, self.services)
        self.taken_ms.append(1000 * (time.perf_counter() - started))
        self.cpu_ms.append(1000 * (time.process_time() - cpu))

    def told(self) -> dict[str, Any]:
        """Its point of the curve."""
        return {
            "held": self.held,
            "ms_per_case_file": round(statistics.median(self.taken_ms), 1),
            "mean_ms": round(statistics.fmean(self.taken_ms), 1),
            "cpu_ms": round(statistics.median(self.cpu_ms), 1),
            "upkeep_ms": {name: _upkeep_ms(self.services, name) for name in UPKEEP},
        }


def run(
    seeded: Sequence[int],
    *,
    cases: int = 500,
    files: int = 3,
    file_bytes: int = 50 << 10,
    servers: Servers | None = None,
) -> dict[str, Any]:
    """``cases`` real ones, one after another in one process, into archives that hold more and more.

    Each is submitted, checked, accepted, stored with its evidence, receipted and indexed. Every
    archive takes the same case file in turn, so that whatever else the machine does weighs on all
    alike. What they hold beforehand are rows in bulk: copies of all that a few real ones left in
    the database, without bytes and not in the index.

    Args:
        seeded: how many each archive holds; the first is what the others are compared with.
    """
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="archive-bench-")))
        make = partial(make_case_files, files=files, file_bytes=file_bytes)
        warm = make(place / "warm", count=_WARM, series="KN")
        homes_of = []
        for number, target in enumerate(seeded):
            backends = stack.enter_context(made(servers, 1))
            home = place / f"home-{number}"
            homes.make_home(home, warm, backends)
            services = stack.enter_context(closing(open_services(load_settings(home))))
            for folder in warm:
                _whole_way(folder, services)
            homes_of.append(_Home(services, _fill(services, target)))
        for turn, folder in enumerate(make(place / "from", count=cases)):
            for step in range(len(homes_of)):
                homes_of[(turn + step) % len(homes_of)].take(folder)
        curve = [one.told() for one in homes_of]
    return _figures(curve, cases=cases, files=files, on=servers)


def _fill(services: Services, target: int) -> int:
    """Until some ``target`` case files are held; how many it is."""
    with services.writing() as session:
        connection = session.connection()
        seeds = Seeds(connection)
        if (times := target // seeds.case_files - 1) > 0:
            seeds.add(connection, times)
    gather_statistics(services)
    with services.read_only() as session:
        return session.scalar(select(func.count()).select_from(CaseFile)) or 0


def _whole_way(folder: Path, services: Services) -> None:
    homes.accept_folder(folder, services)
    while outcome := worker.run_one(services, names=STEPS.keys()):
        if outcome != "done":
            raise homes.BenchFolderError(folder=folder, found=outcome)


def _upkeep_ms(services: Services, name: str) -> float:
    """A periodic job, once."""
    with services.writing() as session:
        services.jobs.add(session, name)
    return round(1000 * timed(lambda: worker.run_one(services, names=(name,))), 1)


def _figures(
    steps: Sequence[dict[str, Any]], *, cases: int, files: int, on: Servers | None
) -> dict[str, Any]:
    first, last = steps[0]["ms_per_case_file"], steps[-1]["ms_per_case_file"]
    for step in steps:
        step["ratio"] = round(step["ms_per_case_file"] / first, 3)
    return {
        "name": "intake",
        "machine": machine(),
        "backends": "PostgreSQL, S3" if on else "SQLite, files",
        "case_files": cases,
        "files": files,
        "ours": {"ms_per_case_file": last, "held": steps[-1]["held"]},
        "reference": {"name": REFERENCE, "ms_per_case_file": first, "held": steps[0]["held"]},
        "ratio": round(last / first, 3),
        "curve": list(steps),
        "runs": cases,
    }
