"""The renewal of hash trees, done by a process that may be killed."""

import json
from pathlib import Path

from archive_service.domain.people.account import WORKER
from archive_service.evidence.outside.trees import renew_trees
from archive_service.services import Services
from tests.worlds.archive import open_home
from tests.worlds.damage.killing import Census, Killer, Moment, under


def _renew(services: Services) -> None:
    assert renew_trees(services, actor=WORKER) is not None


def counted(home: Path, counts: Path) -> None:
    """All of it, unkilled; its moments of each kind into ``counts``."""
    census = Census()
    with open_home(home) as services:
        _renew(under(services, census))
    counts.write_text(json.dumps(census.counts), encoding="utf-8")


def killed(home: Path, moment: Moment, at: int) -> None:
    """The same, killed at the ``at``-th moment of this kind."""
    with open_home(home) as services:
        _renew(under(services, Killer(moment, at)))
