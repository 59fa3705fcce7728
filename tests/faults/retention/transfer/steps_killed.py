"""``kill -9`` in each step of a way that two archives go, wherever one can; then both go on."""

import itertools
import json
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from uuid import UUID

from tests.faults.retention.transfer.world import copy_passage
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.warm_process import WarmProcess

KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Steps:
    """A way from what is stored: ``ready``, ``counted``, ``killed``, ``restart`` of a module."""

    acts: ModuleType
    count: int
    name: tuple[str, ...] = ()  # which way, where a module has several

    def killed_everywhere(
        self,
        stored: tuple[Path, UUID],
        tmp_path: Path,
        warm: WarmProcess,
        moment: Moment,
        *,
        step: int = 1,
    ) -> int:
        """Kill each step at each ``step``-th moment of this kind; how often."""
        (before, row), log, counts = stored, tmp_path / "log", tmp_path / "counts"
        kills, passed = 0, itertools.count()

        def do(act: Callable[..., None], *arguments: object, place: Path, number: int) -> int:
            code = warm.do(act, place, row, *self.name, number, *arguments, log=log)
            told = f"{self.name} {number} {arguments}\n" + log.read_text("utf-8")
            assert code in (0, KILLED), told
            return code

        for number in range(self.count):
            ready = copy_passage(before, tmp_path / f"ready-{number}")
            do(self.acts.ready, place=ready, number=number)
            before = copy_passage(ready, tmp_path / f"done-{number}")
            do(self.acts.counted, counts, place=before, number=number)
            for at in range(1, json.loads(counts.read_text("utf-8")).get(moment, 0) + 1):
                if next(passed) % step:
                    continue
                place = copy_passage(ready, tmp_path / f"{number}-{at}")
                kills += do(self.acts.killed, moment, at, place=place, number=number) == KILLED
                do(self.acts.restart, place=place, number=number)
                shutil.rmtree(place)
        return kills
