"""Packages handed in side by side: by threads, or where there are many by a process a core.

Python's own work on a package takes longer than its bytes do, and threads wait for one another in
it. A process takes three seconds of processor time to begin, with its parser: few packages are
left to threads.
"""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from types import TracebackType

from setproctitle import setproctitle

from archive_service.domain.people.account import Actor
from archive_service.door import came_by, door
from archive_service.formats.sandbox.kernel import control
from archive_service.log import configure_log, logger
from archive_service.services import Makers, Services
from archive_service.settings import Settings
from retention.transfer.receiving.packages import Found, Taken, Wanted, handed_in

_THREADS = 4
_TOGETHER, _TOGETHER_BYTES = 25, 32 << 20  # packages of a part, and their bytes at most
_MANY = 5000  # from here on processes are worth their beginning
_MOST_PROCESSES = 8  # each holds some 150 MiB
_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)

_Part = Sequence[tuple[Wanted, Found]]
_own: list[tuple[Services, Actor]] = []  # of a process that hands in for another


class SideBySide:
    """What hands packages in, several parts at a time, while it is entered.

    Args:
        processes: how many; below two it is done by threads of this one.
    """

    def __init__(self, services: Services, actor: Actor, processes: int) -> None:
        self._services, self._actor, self._processes = services, actor, processes
        self._held = ExitStack()

    def __enter__(self) -> "SideBySide":
        count, self._pool = self._processes, None
        if count > 1:
            services = self._services
            given = (services.makers, services.settings, self._actor, door())
            spawning = multiprocessing.get_context("spawn")  # threads of ours hold locks at a fork
            self._pool = self._held.enter_context(
                ProcessPoolExecutor(count, spawning, initializer=_begin, initargs=given)
            )
            for _ in range(count):  # by this thread: they end when the one ends that began them
                self._pool.submit(os.getpid)
        threads = count + 1 if count > 1 else _THREADS  # one part waits for who is ready first
        self._threads = self._held.enter_context(ThreadPoolExecutor(threads, "packages"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()

    def hand_in(self, some: _Part) -> Iterator[list[Taken]]:
        """Begun at once; what came of each part, in their order, as it is asked for."""
        return self._threads.map(self._take_one, _parts(some))

    def _take_one(self, part: _Part) -> list[Taken]:
        if self._pool is not None:
            try:
                return self._pool.submit(_in_process, part).result()
            except BrokenProcessPool:  # what it had handed in already is known by its content
                logger().error("process-died", name="packages")
        return handed_in(self._services, part, self._actor)


def processes_for(packages: int, found: Mapping[str, Found]) -> int:
    """How many processes are worth while; keys that open a medium do not leave this one.

    Large packages do not ask for them: while one is hashed and written other threads go on.
    """
    if packages < _MANY or any(place.keys for place in found.values()):
        return 1
    return min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)


def _begin(makers: Makers, settings: Settings, actor: Actor, known: dict[str, str]) -> None:
    """A process of its own opens what it needs."""
    control(_END_WITH_PARENT, signal.SIGKILL, 0)
    parent = multiprocessing.parent_process()
    if parent is not None and os.getppid() != parent.pid:  # killed before this was said
        os.kill(os.getpid(), signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for its parent
    setproctitle("archive, receiving packages")
    configure_log(quiet=True)
    came_by(**known)
    _own.append((makers.home(settings), actor))


def _in_process(part: _Part) -> list[Taken]:
    ((services, actor),) = _own
    return handed_in(services, part, actor)


def _parts(some: _Part) -> Iterator[_Part]:
    """Some small packages, or a large one alone, as they are copied and handed in at once."""
    part, size_bytes = list[tuple[Wanted, Found]](), 0
    for pair in some:
        size = pair[0].size_bytes
        if part and (size_bytes + size > _TOGETHER_BYTES or len(part) == _TOGETHER):
            yield part
            part, size_bytes = [], 0
        part.append(pair)
        size_bytes += size
    if part:
        yield part
