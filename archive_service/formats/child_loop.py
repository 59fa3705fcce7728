"""The loop of a child process: take a call from the socket, run it under limits, answer."""

import errno
import math
import pickle
import resource
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from archive_service.errors import ArchiveError
from archive_service.formats import answers
from archive_service.formats.output import empty
from archive_service.formats.sandbox.confinement import ScratchFullError, enter
from archive_service.formats.wire import receive, send

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


def _answer(line: socket.socket) -> None:
    func, args, limit_s, memory_mib = _asked(line)
    try:
        _limit(limit_s, memory_mib)
        answer = answers.returned(func(*args))
    except ArchiveError as error:
        answer = answers.raised(error)
    except MemoryError:
        answer = answers.failed("out-of-memory", f"over {memory_mib} MiB")
    except Exception as error:  # noqa: BLE001 - whatever a parser raises is its result
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            answer = answers.raised(ScratchFullError(folder=tempfile.gettempdir()))
        else:
            answer = answers.failed("failed", f"{type(error).__name__}: {error}")
    send(line, answer)


def _asked(line: socket.socket) -> Any:
    """What our parent wrote: it trusts no word of ours, we trust it in all."""
    return pickle.loads(receive(line))  # noqa: S301 - the parent's, never a child's


def main() -> None:
    """Serve calls until the parent's end of the socket closes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    line = socket.socket(fileno=int(sys.argv[1]))
    scratch: str = ""
    try:
        confined, scratch = _asked(line)
        enter(confined)
        while True:
            _answer(line)
    except (EOFError, ConnectionError):
        if scratch:  # nobody else may be there to do it
            with suppress(OSError):  # under bubblewrap it is mounted, and stays
                empty(Path(scratch))
                Path(scratch).rmdir()


if __name__ == "__main__":
    main()
