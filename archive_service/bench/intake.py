"""Times case files from submission to index, with more and more of them held already."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from archive_service import worker
from archive_service.bench import home as homes
from archive_service.bench.backends import Servers, made
from archive_service.bench.material import make_case_files
from archive_service.bench.measure import machine, timed
from archive_service.bench.seed import Seeds
from archive_service.bootstrap import Services, open_services
from archive_service.domain.case_file import CaseFile
from archive_service.settings import load_settings
from archive_service.workflow.case_file import STEPS

REFERENCE = "the same with nothing held yet"
UPKEEP = ("write-out-evidence", "sweep-staging", "watch-index", "watch-copies")
_WARM = 3  # case files before the first that counts


def run(
    seeded: Sequence[int],
    *,
    cases: int = 500,
    files: int = 3,
    file_bytes: int = 50 << 10,
    servers: Servers | None = None,
) -> dict[str, Any]:
    """At each step ``cases`` real ones, one after another in one process: a curve.

    Each is submitted, checked, accepted, stored with its evidence, receipted and indexed. Between
    the steps rows are laid down in bulk: copies of all that the first real ones left in the
    database, until so many are held. They have no bytes and are not in the index.

    Args:
        seeded: how many are held at each step, ascending; the first is what others are compared
            with.
    """
    numbers = count(1)
    steps: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as place, made(servers, 1) as urls:
        home = Path(place, "home")
        first = make_case_files(
            Path(place, "warm"), count=_WARM, files=files, file_bytes=file_bytes, series="KN"
        )
        homes.make_home(home, first, urls)
        with closing(open_services(load_settings(home))) as services:
            for folder in first:
                _whole_way(folder, services)
            seeds: Seeds | None = None
            for target in seeded:
                if target:
                    seeds = _fill(services, seeds, target)
                step = next(numbers)
                folders = make_case_files(
                    Path(place, f"step-{step}"),
                    count=cases,
                    files=files,
                    file_bytes=file_bytes,
                    series=f"B{step}",
                )
                steps.append(_measured(services, folders))
    return _told(steps, cases=cases, files=files, on=servers)


def _fill(services: Services, seeds: Seeds | None, target: int) -> Seeds:
    """Until ``target`` case files are held; in one transaction a step."""
    with services.unit_of_work() as uow:
        connection = uow.session.connection()
        seeds = seeds or Seeds(connection)
        held = uow.session.scalar(select(func.count()).select_from(CaseFile)) or 0
        if (times := round((target - held) / seeds.case_files)) > 0:
            seeds.add(connection, times)
        uow.commit()
    with services.database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")  # as the server does by itself, some time later
        connection.commit()
    return seeds


def _measured(services: Services, folders: Sequence[Path]) -> dict[str, Any]:
    with services.read_only() as session:
        held = session.scalar(select(func.count()).select_from(CaseFile)) or 0
    taken = []
    for folder in folders:
        started = time.perf_counter()
        _whole_way(folder, services)
        taken.append(1000 * (time.perf_counter() - started))
    return {
        "held": held,
        "ms_per_case_file": round(statistics.median(taken), 1),
        "mean_ms": round(statistics.fmean(taken), 1),
        "upkeep_ms": {name: _upkeep_ms(services, name) for name in UPKEEP},
    }


def _whole_way(folder: Path, services: Services) -> None:
    homes.accept_folder(folder, services)
    while outcome := worker.run_one(services, names=STEPS.keys()):
        if outcome != "done":
            raise homes.BenchFolderError(folder=folder, found=outcome)


def _upkeep_ms(services: Services, name: str) -> float:
    """A periodic job, once."""
    with services.unit_of_work() as uow:
        services.jobs.add(uow.session, name)
        uow.commit()
    return round(1000 * timed(lambda: worker.run_one(services, names=(name,))), 1)


def _told(
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
