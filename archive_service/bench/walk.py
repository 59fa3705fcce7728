"""One case file on its way through a served archive, its steps timed and its processes watched."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from archive_service.bench.peaks import ByRole
from archive_service.bench.people import People
from archive_service.bench.station import BenchServerError
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import UNCHECKED, Submission, SubmissionState
from archive_service.services import Services
from ingest.submissions import acts as submissions_acts

LOOK_S = 0.2
_WITHIN_S = 3600.0


@dataclass(slots=True)
class Steps:
    """What each step took, in seconds."""

    spent_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Note how long the block took."""
        begun = time.monotonic()
        yield
        self.spent_s[step] = time.monotonic() - begun


@dataclass(frozen=True, slots=True)
class Walk:
    """What the steps need: the archive, its people, and what tells whether it is still served."""

    services: Services
    people: People
    address: str
    alive: Callable[[], None]

    def submit(self, folder: Path, steps: Steps) -> UUID:
        """Receive a folder with one case file by the command, and wait for its checks.

        Raises:
            BenchServerError: it was refused, or an error was found.
        """
        with steps.timed("received"):
            submission = _submitted(self.services.settings.home, folder)
        with steps.timed("checked"):
            self.until_checked(submission)
        return submission

    def until_checked(self, submission: UUID) -> None:
        """``BenchServerError`` if an error was found."""
        self.until(lambda: self.submission(submission).state not in UNCHECKED)
        found = self.submission(submission)
        if found.state is not SubmissionState.CHECKED or found.worst == "error":
            raise BenchServerError(code=f"{found.state.value} {found.worst}")

    def keep(self, submission: UUID, steps: Steps) -> None:
        """Accept it, and wait until it is stored, has its receipt and is found by search."""
        with steps.timed("accepted"):
            submissions_acts.accept(self.services, submission, actor=self.people.archivist)
        with steps.timed("stored"):
            self.until(lambda: self._is_kept(submission))

    def submission(self, submission: UUID) -> Submission:
        """As it stands now."""
        with self.services.read_only() as session:
            return session.get_one(Submission, submission)

    def until(self, over: Callable[[], bool]) -> None:
        """Wait, as long as the archive is served."""
        until = time.monotonic() + _WITHIN_S
        while not over():
            self.alive()
            if time.monotonic() > until:
                raise BenchServerError(code="hung")
            time.sleep(LOOK_S)

    def _is_kept(self, submission: UUID) -> bool:
        with self.services.read_only() as session:
            row = session.get_one(CaseFile, submission)
            return row.receipt_issued_at is not None and row.version_indexed > 0


def _submitted(home: Path, folder: Path) -> UUID:
    command = [
        *(sys.executable, "-m", "archive_service.main", "--home", str(home)),
        *("submit", str(folder), "--json"),
    ]
    done = subprocess.run(command, env=os.environ, check=False, stdout=subprocess.PIPE)
    if done.returncode:
        raise BenchServerError(code=done.returncode)
    (submission,) = json.loads(done.stdout)["submissions"]
    return UUID(submission["id"])


@contextmanager
def watched(peaks: ByRole, *, halfway: bool) -> Iterator[None]:
    """Look at all processes below this one as long as the block lasts."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_S):
            peaks.look(os.getpid(), halfway=halfway)

    looking = threading.Thread(target=look, name="peaks")
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()
