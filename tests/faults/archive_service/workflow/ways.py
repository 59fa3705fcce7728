"""The way of a case file, act by act, each of which can be killed wherever one likes."""

import json
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.archive_service.workflow import acts
from tests.worlds.archive import Backends, copy_home, mixed_case, new_home
from tests.worlds.damage.killing import Moment
from tests.worlds.damage.lying_proxy import LyingProxy
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.servers.backends import drop_database

KILLED = -signal.SIGKILL
ACTS = 12  # the last looks at the PDFs that came in, whether one needs a twin


@dataclass(frozen=True)
class Way:
    """A case file, and the archive as it stands before each act of its way."""

    warm: WarmProcess
    folder: Path
    source: Path
    homes: list[Path]
    counts: list[dict[str, int]]  # of each act: how many moments of each kind it has

    def moments(self, moment: Moment) -> list[tuple[Path, int]]:
        """Every one of a kind: the archive before the act, and which one of the act it is."""
        return [
            (before, k)
            for before, counts in zip(self.homes, self.counts, strict=False)
            for k in range(1, counts.get(moment, 0) + 1)
        ]

    def do(self, act: Callable[..., None], *arguments: object) -> int:
        """In a process of its own; its words are shown if it fails."""
        log = self.folder / "log"
        code = self.warm.do(act, *arguments, log=log)
        assert code in (0, KILLED), log.read_text("utf-8")
        return code

    def kill(self, before: Path, moment: Moment, at: int, roots: Path) -> bool:
        """Kill the act that follows ``before`` at a moment, and restart; false: it ran unkilled."""
        home = copy_home(before, self.folder / f"{moment}-{before.name}-{at}")
        code = self.do(acts.one_act_under, home, self.source, moment, at)
        return self._restarted(home, roots, code)

    def kill_at_write(self, before: Path, at: int, roots: Path, proxy: LyingProxy) -> bool:
        """The same when the bucket has just taken one more object, and nobody was told of it."""
        home = copy_home(before, self.folder / f"bucket-{before.name}-{at}")
        pid = self.folder / "pid"
        proxy.kill_after(at, pid)
        ports = (proxy.server.port, proxy.port)
        code = self.do(acts.one_act_through, home, self.source, pid, *ports)
        proxy.spare()
        return self._restarted(home, roots, code)

    def _restarted(self, home: Path, roots: Path, code: int) -> bool:
        if code == KILLED:
            assert self.do(acts.restart, home, self.source, 2, roots) == 0
        drop_database(home)
        return code == KILLED


@contextmanager
def walked(backends: Backends | None = None) -> Iterator[Way]:
    """In memory where there is room: a kill, unlike a power cut, loses nothing that is cached."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 64 << 20
    with (
        tempfile.TemporaryDirectory(dir=memory if roomy else None) as name,
        WarmProcess() as warm,
    ):
        folder = Path(name)
        done = folder / "done"
        first = new_home(folder / "0", backends)
        way = Way(warm, folder, mixed_case(folder / "source"), [first], [])
        counts = folder / "counts.json"
        while True:
            home = copy_home(way.homes[-1], folder / str(len(way.homes)))
            assert way.do(acts.one_act_counted, home, way.source, done, counts) == 0
            if done.exists():
                break
            way.homes.append(home)
            assert len(way.homes) <= ACTS + 1, "the way of a case file has no end"
            way.counts.append(json.loads(counts.read_text("utf-8")))
        way.do(acts.restart, way.homes.pop(), way.source, 2, folder / "unkilled")
        yield way
