"""What a giver does to send a transfer and to read its reply, by a process that may be killed."""

import json
from pathlib import Path

from archive_service.services import Services
from archive_service.worker import run_one, work
from retention.transfer.network.exchange import EXCHANGE_JOB
from retention.transfer.network.send import SEND_JOB
from tests.worlds.archive import open_home
from tests.worlds.damage.killing import Census, Killer, Moment, under

_JOBS = (SEND_JOB, EXCHANGE_JOB)


def _do_all(services: Services) -> None:
    while run_one(services, names=_JOBS) not in (None, "retry"):
        pass


def counted(home: Path, counts: Path) -> None:
    """All of it, unkilled; its moments of each kind into ``counts``."""
    census = Census()
    with open_home(home) as services:
        _do_all(under(services, census))
    counts.write_text(json.dumps(census.counts), encoding="utf-8")


def killed(home: Path, moment: Moment, at: int) -> None:
    """The same, killed at the ``at``-th moment of this kind."""
    with open_home(home) as services:
        _do_all(under(services, Killer(moment, at)))


def restart(home: Path) -> None:
    """Go on until nothing is left."""
    with open_home(home) as services:
        work(services, until_empty=True)
