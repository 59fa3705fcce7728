"""A disk that fills up at any step: told in words, nothing half-done, and on it goes with room."""

import os
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import exists, select

from archive_service.domain.keeping.job import Job, JobState
from archive_service.errors import BackendError
from archive_service.services import Services
from tests.faults.archive_service.workflow.acts import keep, next_act
from tests.faults.chance import told_chance
from tests.faults.custody import require_true_claims, require_whole
from tests.worlds.archive import copy_home, mixed_case, new_home, open_home
from tests.worlds.damage.killing import Killer, Moment, under
from tests.worlds.damage.small_disk import small_disk

SIZE_BYTES = 32 << 20
LOOPS, MANY_LOOPS = 4, 200
# What may be told of a full disk; anything else would hide what is the matter.
WORDS = {"store-full", "work-folder-full", "database-unreachable"}
# These are told of other troubles too: then the reason has to name the disk.
GENERAL = {"search-unavailable", "document-not-assembled"}
OF_THE_DISK = ("no space left", "disk is full", "disk i/o error")
# Not beyond what one act does of each, or there would be nothing to fill; erasing fills none.
DEEPEST = {
    Moment.COMMIT: 12,
    Moment.STAGE: 6,
    Moment.WRITE: 8,
    Moment.PUBLISH: 3,
    Moment.WRITTEN: 8,
    Moment.INDEX: 2,
}


@pytest.fixture(name="small_disk")
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of some MiB."""
    with small_disk(tmp_path / "small", SIZE_BYTES) as mount_point:
        yield mount_point


class Filler(Killer):
    """Fills the disk at the moment at which a killer would kill, and nobody dies."""

    def __init__(self, moment: Moment, at: int, ballast: Path, left_bytes: int) -> None:
        super().__init__(moment, at)
        self._ballast = ballast
        self._left_bytes = left_bytes
        self.is_full = False

    def is_due(self, moment: Moment) -> bool:
        """Never; but the disk may be full from now on."""
        if super().is_due(moment):
            while not self._has_filled():
                pass  # another thread wrote meanwhile: less was free than was seen
            self.is_full = True
        return False

    def _has_filled(self) -> bool:
        free = shutil.disk_usage(self._ballast.parent).free - self._left_bytes
        if free <= 0:
            return True
        with self._ballast.open("wb") as out, suppress(OSError):
            os.posix_fallocate(out.fileno(), 0, free)
            return True
        return False


def test_a_disk_that_fills_up_a_few_times(small_disk: Path, tmp_path: Path) -> None:
    fill_again_and_again(small_disk, tmp_path, LOOPS, random.Random(7))


@pytest.mark.long
def test_a_disk_that_fills_up_two_hundred_times(small_disk: Path, tmp_path: Path) -> None:
    told = fill_again_and_again(small_disk, tmp_path, MANY_LOOPS, told_chance())
    sys.stderr.write(f"{MANY_LOOPS} times full: {dict(told)}; all stored, fixity clean\n")


def fill_again_and_again(
    disk: Path, folder: Path, loops: int, chance: random.Random
) -> Counter[str]:
    """A case file on its way each time, and the disk full at one step of it; what was told."""
    told: Counter[str] = Counter()
    pristine = new_home(folder / "pristine")
    source = mixed_case(folder / "source")
    for _ in range(loops):
        home = copy_home(pristine, disk / "home")
        with open_home(home) as services:
            told += go_the_way(services, source, disk / "ballast", chance)
            require_true_claims(services)
            keep(services)
            require_whole(services, [source], versions=2)
        shutil.rmtree(home)
    assert told.total() >= loops // 2  # in most loops somebody was told
    assert set(told) <= WORDS | GENERAL
    return told


def go_the_way(
    services: Services, source: Path, ballast: Path, chance: random.Random
) -> Counter[str]:
    """All acts of the way; one in three begins with a step at which the disk will be full."""
    told: Counter[str] = Counter()
    while True:
        moment = chance.choice(list(DEEPEST))
        at = chance.randint(1, DEEPEST[moment])
        filler = Filler(moment, at, ballast, chance.choice([0, 4096, 40_000]))
        acting = services if is_worn(services) else under(services, filler)
        try:
            is_over = not next_act(acting, source)
        except BackendError as trouble:
            told[code_of(trouble.code, trouble.facts)] += 1
            is_over = False
        require_true_claims(services)
        ballast.unlink(missing_ok=True)
        told += waiting_words(services) if filler.is_full else Counter()
        if is_over and not waits(services):
            return told


def is_worn(services: Services) -> bool:
    """Whether a job would be left to people if nobody gave it back: then there is room."""
    last = services.jobs.policy.max_attempts - 1
    with services.read_only() as session:
        worn = select(exists().where(Job.state != JobState.DONE, Job.attempts >= last))
        return bool(session.scalar(worn))


def waits(services: Services) -> bool:
    """Whether a job is still to be done; takes up what a full disk left in nobody's hands."""
    with services.read_only() as session:
        due_in_s = services.jobs.due_in_s(session)
    if due_in_s is not None:
        let_go(services)
        time.sleep(0.05)
    return due_in_s is not None


def let_go(services: Services) -> None:
    """The lease of a job that could not even be given back runs out; here at once."""
    with services.writing() as session:
        for job in session.scalars(select(Job).where(Job.state == JobState.RUNNING)):
            assert job.lease_until is not None
            job.lease_until = job.created_at


def waiting_words(services: Services) -> Counter[str]:
    """Why jobs wait to be tried again."""
    with services.read_only() as session:
        jobs = session.scalars(select(Job).where(Job.state != JobState.DONE))
        errors = [job.error for job in jobs if job.error]
    return Counter(code_of(error["code"], error["facts"]) for error in errors)


def code_of(code: str, facts: Mapping[str, object]) -> str:
    """The code of a trouble; with its facts where nobody could see that the disk was full."""
    reason = str(facts).lower()
    if code in GENERAL and not any(words in reason for words in OF_THE_DISK):
        return f"{code}: {reason}"
    return code
