"""Shows that no process grows with the size of a file: a large one goes all the way, watched."""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from uuid import UUID

from archive_service.bench import home as homes
from archive_service.bench.backends import on_files
from archive_service.bench.material import make_case_files
from archive_service.bench.measure import machine
from archive_service.bench.peaks import Peaks, run_watched
from archive_service.bootstrap import open_services
from archive_service.catalogue.agencies.acts import enlist_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.errors import BackendError
from archive_service.services import Services
from archive_service.settings import load_settings
from ingest.submissions import acts as submissions_acts

OWN_LIMIT_MIB = 300
CHILD_LIMIT_MIB = 350  # OCR workers and parsers
RANGE_BYTES = 8 << 20


class MemoryStepError(BackendError):
    """A step of the bench failed; what it printed stands above."""

    code = "bench-memory"


def run(
    size_bytes: int, *, scans: Path | None = None, folder: Path | None = None
) -> dict[str, Any]:
    """Peaks in MiB of each step: submit, store, check, read a range, one process tree each.

    Args:
        size_bytes: of the one PDF that goes through.
        scans: a submission folder of page images that is digitized along with it.
        folder: where the bench has its home; by default a temporary folder.
    """
    place = nullcontext(str(folder)) if folder else tempfile.TemporaryDirectory(prefix="archive-")
    with place as path:
        home = Path(path, "home")
        (submission,) = make_case_files(Path(path, "from"), count=1, files=1, file_bytes=size_bytes)
        homes.make_accepted(home, [], on_files(2))
        _in_home(home, _enlist)
        steps = _through(home, [submission, *([scans] if scans else [])])
    own = max(peaks.own_mib for peaks in steps.values())
    child = max(peaks.child_mib for peaks in steps.values())
    return {
        "name": "memory",
        "machine": machine(),
        "size_bytes": size_bytes,
        "ours": {
            "own_mib": round(own, 1),
            "child_mib": round(child, 1),
            "steps": {name: peaks.as_document() for name, peaks in steps.items()},
        },
        "reference": {
            "name": "limits of the product",
            "own_mib": OWN_LIMIT_MIB,
            "child_mib": CHILD_LIMIT_MIB,
        },
        "ratio": round(max(own / OWN_LIMIT_MIB, child / CHILD_LIMIT_MIB), 3),
        "runs": 1,
    }


def _through(home: Path, folders: list[Path]) -> dict[str, Peaks]:
    steps: dict[str, Peaks] = {}

    def step(name: str, *words: str) -> Any:
        peaks, figures = run_watched(
            [sys.executable, "-m", *words], environment=os.environ | {"ARCHIVE_HOME": str(home)}
        )
        if peaks.exit_code:
            raise MemoryStepError(step=name, code=peaks.exit_code)
        steps[name] = peaks
        return json.loads(figures) if figures else None

    archive = "archive_service.main"
    paths = [str(folder) for folder in folders]
    sent = step("submit", archive, "submit", *paths, "--wait", "--json")
    _in_home(
        home,
        lambda services: _accept(
            services, [submission["id"] for submission in sent["submissions"]]
        ),
    )
    worked = step("work", archive, "work", "--until-empty", "--json")
    if worked["failed"] or worked["dead"] or worked["left"]:
        raise MemoryStepError(step="work", code=worked)
    step("fixity", archive, "fixity", "check", "--json")
    code = sent["submissions"][0]["code"]
    step("range", "archive_service.bench.range_read", str(home), code, str(RANGE_BYTES))
    return steps


def _in_home(home: Path, act: Callable[[Services], None]) -> None:
    services = open_services(load_settings(home))
    try:
        act(services)
    finally:
        services.close()


def _enlist(services: Services) -> None:
    agency = SAMPLE_AGENCY
    for code, same_as in ((agency.old_code, None), (agency.new_code, agency.old_code)):
        enlist_agency(services, code, agency.name, actor=homes.OPERATOR, same_as=same_as)


def _accept(services: Services, ids: list[str]) -> None:
    for submission_id in ids:
        submissions_acts.accept(services, UUID(submission_id), actor=homes.ARCHIVIST)
