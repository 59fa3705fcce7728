"""The loop of a child process: take a call from the socket, run it under limits, answer."""

import math
import resource
import sys
from multiprocessing.connection import Connection

from archive_service.errors import ArchiveError

MIB = 1 << 20


def _limit(limit_s: float, memory_mib: int) -> None:
    """Lower the soft limits for this call; the hard ones stay, so that the next may raise them.

    ``RLIMIT_DATA`` leaves mapped files out, so a large file may be mapped under a small limit.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent_s = usage.ru_utime + usage.ru_stime
    _, cpu_hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(spent_s + limit_s) + 1, cpu_hard))
    _, data_hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mib * MIB, data_hard))


def _answer(connection: Connection) -> None:
    func, args, limit_s, memory_mib = connection.recv()
    answer: tuple[str, object]
    try:
        _limit(limit_s, memory_mib)
        answer = ("returned", func(*args))
    except ArchiveError as error:
        answer = ("raised", error)
    except MemoryError:
        answer = ("failed", ("out-of-memory", f"over {memory_mib} MiB"))
    except Exception as error:  # noqa: BLE001 - whatever a parser raises is its result
        answer = ("failed", ("failed", f"{type(error).__name__}: {error}"))
    connection.send(answer)


def main() -> None:
    """Serve calls until the parent's end of the socket closes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection = Connection(int(sys.argv[1]))
    try:
        while True:
            _answer(connection)
    except (EOFError, ConnectionError):
        return


if __name__ == "__main__":
    main()
