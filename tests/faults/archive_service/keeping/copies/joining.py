"""What a child process does of a joining copy before it dies."""

from pathlib import Path

from archive_service.keeping.copies.acts import CATCH_UP_JOB
from archive_service.worker import run_one
from tests.worlds.damage.killing import Killer, Moment, under
from tests.worlds.holding import opened

COPIES = ("file:kho1", "file:kho2", "file:kho3")


def fill(home: Path, moment: Moment, at: int) -> None:
    """The job that fills it, killed at the ``at``-th such moment."""
    with opened(home, *COPIES) as services:
        killed = under(services, Killer(moment, at))
        killed.jobs.reclaim_dead()
        run_one(killed, names=(CATCH_UP_JOB,))
