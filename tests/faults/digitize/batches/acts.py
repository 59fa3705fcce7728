"""A batch read by a process that may be killed in it."""

from pathlib import Path

from archive_service.worker import run_one, work
from digitize.batches.intake.receive import READ_JOB
from tests.worlds.archive import open_home
from tests.worlds.damage.killing import Killer, Moment, under


def read_under(home: Path, moment: Moment, at: int) -> None:
    """Read what waits, killed at the ``at``-th moment of this kind."""
    with open_home(home) as services:
        services.jobs.reclaim_dead()
        run_one(under(services, Killer(moment, at)), names=(READ_JOB,))


def read_on(home: Path) -> None:
    """Read what waits, as after a restart."""
    with open_home(home) as services:
        work(services, until_empty=True)
