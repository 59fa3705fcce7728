"""What every bench does alike: the machine, the state of the page cache, medians, processes."""

import os
import platform
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from archive_service.errors import BackendError
from archive_service.log import configure_log

RUNS = 3
_START_S = 120.0  # for a process to import and open what it needs
_WORK_S = 3600.0


class BenchProcessError(BackendError):
    """A process of the bench died or hung; what it printed stands above."""


def machine() -> dict[str, object]:
    """Where this ran."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": platform.machine(),
        "cores": os.cpu_count() or 1,
        "memory_mib": memory >> 20,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def document(
    name: str,
    *,
    ours_s: Sequence[float],
    reference_s: Sequence[float],
    size_bytes: int,
    reference: str,
    facts: dict[str, Any],
) -> dict[str, Any]:
    """The contract's document of a bench that moves bytes; medians in seconds, MiB a second."""
    ours, theirs = statistics.median(ours_s), statistics.median(reference_s)
    return {
        "name": name,
        "machine": machine(),
        **facts,
        "size_bytes": size_bytes,
        "ours": _figures(ours, size_bytes),
        "reference": {"name": reference, **_figures(theirs, size_bytes)},
        "ratio": round(ours / theirs, 3),
        "runs": {"ours_s": rounded(ours_s), "reference_s": rounded(reference_s)},
    }


def timed(work: Callable[[], object]) -> float:
    """Seconds that it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rounded(seconds: Iterable[float]) -> list[float]:
    """To the millisecond."""
    return [round(each, 3) for each in seconds]


def settle(files: Iterable[Path], *, cached: bool) -> None:
    """Nothing waits to be written, and these files are all in the page cache, or none is."""
    os.sync()
    advice = os.POSIX_FADV_NORMAL if cached else os.POSIX_FADV_DONTNEED
    for file in files:
        with file.open("rb", buffering=0) as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, advice)
            while cached and opened.read(1 << 20):
                pass


def beside(folder: Path) -> Path | None:
    """Where a bench has its homes: on the file system of the files submitted, if it may write."""
    above = folder.absolute().parent
    return above if os.access(above, os.W_OK) else None


def timed_in_processes(
    prepare: Callable[..., Callable[[], None]], arguments: Sequence[tuple[Any, ...]]
) -> float:
    """Seconds from all being ready to all being done; one process for each set of arguments.

    ``prepare(*arguments)`` runs in the process, imports and opens, and returns what is timed.

    Raises:
        BenchProcessError: a process failed.
    """
    context = get_context("spawn")
    gate = context.Barrier(len(arguments) + 1)
    processes = [
        context.Process(target=_in_process, args=(gate, prepare, given)) for given in arguments
    ]
    for process in processes:
        process.start()
    try:
        gate.wait(_START_S)
        started = time.perf_counter()
        gate.wait(_WORK_S)
        spent = time.perf_counter() - started
    except threading.BrokenBarrierError:
        raise BenchProcessError(work=f"{prepare.__module__}.{prepare.__qualname__}") from None
    finally:
        for process in processes:
            process.join(10)
    return spent


def _in_process(
    gate: Barrier, prepare: Callable[..., Callable[[], None]], arguments: tuple[Any, ...]
) -> None:
    configure_log(quiet=True)
    try:
        work = prepare(*arguments)
        gate.wait(_START_S)
        work()
        gate.wait(_WORK_S)
    except BaseException:
        gate.abort()
        raise


def _figures(seconds: float, size_bytes: int) -> dict[str, float]:
    speed = size_bytes / (1 << 20) / seconds
    return {"seconds": round(seconds, 3), "mib_per_second": round(speed, 1)}
