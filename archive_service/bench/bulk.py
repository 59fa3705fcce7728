"""Times a delivery of many case files, received and checked, while people look at their pages."""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from archive_service.bench.asking import Asking
from archive_service.bench.home import opened
from archive_service.bench.material import make_bulk
from archive_service.bench.measure import machine, timed
from archive_service.bench.peaks import ByRole
from archive_service.bench.people import make_peopled
from archive_service.bench.station import BenchServerError, serving
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.submission import UNCHECKED, Submission
from archive_service.services import Services

REFERENCE = "cp -r and sha256sum of the same files, one process"
FILE_BYTES = 4 << 10
_LOOK_S = 0.5


@dataclass(slots=True)
class _Seen:
    """What was seen of the home while it worked, in seconds since the beginning."""

    received_s: float = 0.0
    checked_s: float = 0.0
    faulty: int = 0  # submissions with an error
    first: UUID | None = None  # a submission that can be looked at
    peaks: ByRole = field(default_factory=ByRole)


def run(cases: int, *, files: int = 5, file_bytes: int = FILE_BYTES) -> dict[str, Any]:
    """One list of ``cases`` with ``files`` small PDFs each, by ``archive submit --bulk``.

    A served archive with its own workers checks them meanwhile, and an archivist and an officer ask
    for the desk, for a submission on it and for the officer's list once a second.

    Raises:
        BenchServerError: the served archive ended, or something was refused.
    """
    with tempfile.TemporaryDirectory(prefix="archive-bench-") as place:
        folder, home = Path(place, "from"), Path(place, "home")
        size = make_bulk(folder, count=cases, files=files, file_bytes=file_bytes)
        people = make_peopled(home)
        seen = _Seen()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with serving(home) as (address, alive), opened(home) as services:
            with (
                Asking(address, people.archivist_cookie, lambda: _places(seen)) as desk,
                Asking(
                    address, people.officer_cookie, lambda: {"my_case_files": "/my-case-files"}
                ) as mine,
            ):
                _take(home, folder, services, seen, cases)
            alive()
        spent = _cpu_s(before, resource.getrusage(resource.RUSAGE_CHILDREN))
        reference_s = _reference(folder, Path(place, "copied"))
    if seen.faulty:
        raise BenchServerError(code=f"{seen.faulty} submissions with errors")
    return _figures(seen, [desk, mine], cases * files, size, spent, reference_s)


def _take(home: Path, folder: Path, services: Services, seen: _Seen, cases: int) -> None:
    """Submit, and look until everything is checked."""
    command = [
        *(sys.executable, "-m", "archive_service.main", "--home", str(home)),
        *("submit", "--bulk", str(folder), "--json"),
    ]
    begun = time.monotonic()

    def submit() -> None:
        subprocess.run(command, env=os.environ, check=False, stdout=subprocess.DEVNULL)
        seen.received_s = time.monotonic() - begun

    taking = threading.Thread(target=submit, name="submit")
    taking.start()
    try:
        _look(services, seen, cases, begun, taking)
    finally:
        taking.join()


def _look(
    services: Services, seen: _Seen, cases: int, begun: float, taking: threading.Thread
) -> None:
    checked = 0
    while True:
        seen.peaks.look(os.getpid(), halfway=2 * checked >= cases)
        with services.read_only() as session:
            done = select(Submission.id).where(Submission.state.not_in(UNCHECKED))
            if seen.first is None:
                seen.first = session.scalar(done.limit(1))
            checked = session.scalar(select(func.count()).select_from(done.subquery())) or 0
        if checked >= cases:
            break
        if not taking.is_alive() and not seen.received_s:
            raise BenchServerError(code="nothing received")
        time.sleep(_LOOK_S)
    seen.checked_s = time.monotonic() - begun
    with services.read_only() as session:
        wrong = select(FindingRow.submission_id).where(FindingRow.severity == Severity.ERROR)
        seen.faulty = len(set(session.scalars(wrong)))


def _places(seen: _Seen) -> dict[str, str]:
    found = {"desk": "/desk"}
    return found if seen.first is None else found | {"desk_one": f"/desk/{seen.first}"}


def _reference(folder: Path, target: Path) -> float:
    """Seconds that coreutils take, with the files in the page cache as they were for us."""

    def work() -> None:
        subprocess.run(["/bin/cp", "-r", str(folder), str(target)], check=True)
        line = ["/usr/bin/find", str(target), "-type", "f", "-exec", "/usr/bin/sha256sum", "{}"]
        subprocess.run([*line, "+"], check=True, stdout=subprocess.DEVNULL)
        os.sync()

    return timed(work)


def _cpu_s(before: resource.struct_rusage, after: resource.struct_rusage) -> float:
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _figures(
    seen: _Seen,
    asked: list[Asking],
    documents: int,
    size: int,
    cpu_s: float,
    reference_s: float,
) -> dict[str, Any]:
    pages = {name: value for each in asked for name, value in each.told().items()}
    return {
        "name": "intake --bulk",
        "machine": machine(),
        "documents": documents,
        "size_bytes": size,
        "ours": {
            "documents_per_s": round(documents / seen.checked_s, 1),
            "received_per_s": round(documents / seen.received_s, 1),
            "cpu_ms_per_document": round(1000 * cpu_s / documents, 2),
            "peak_mib": round(max(seen.peaks.whole.values()), 1),
            **pages,
        },
        "reference": {
            "name": REFERENCE,
            "documents_per_s": round(documents / reference_s, 1),
        },
        "processes": seen.peaks.as_document(),
        "asked": sum(each.count for each in asked),
        "refused": sum(each.refused for each in asked),
        "seconds": {"received": round(seen.received_s, 1), "checked": round(seen.checked_s, 1)},
        "ratio": round(seen.checked_s / reference_s, 3),
        "runs": 1,
    }
