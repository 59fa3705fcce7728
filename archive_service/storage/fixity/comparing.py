"""One file read and compared with its record: twice, before anything is called wrong.

The second read goes past the cache and, over a network, on a connection of its own. What comes
right there was an unsteady read: it is counted, and nothing is called damaged. Bytes that are
fewer than announced on both connections are damage like other bytes: a server whose medium has
rotted breaks off just so.
"""

import io
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO

from archive_service.errors import BackendError
from archive_service.storage.fixity.verdict import Fixity, FixityResult, ToRead
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    TransferDamagedError,
)
from archive_service.storage.reader import digests_and_size

_BUFFER_BYTES = 256 << 10

# What the other copies say of a file that is not as recorded.
OTHERS_SOUND = "others-sound"  # another copy has the recorded bytes: this copy is wrong
RECORD_DOUBTED = "record-doubted"  # no copy has the recorded bytes, and all that answer agree
NONE_SOUND = "none-sound"  # no copy has the recorded bytes
ALONE = "alone"  # no other copy answers
NO_RECORD = "no-record"  # nothing says what ought to lie there


class Bandwidth:
    """So many bytes a second, shared by all who read; ``take`` waits for one's turn."""

    def __init__(
        self,
        bytes_per_s: int,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._bytes_per_s = bytes_per_s
        self._monotonic = monotonic
        self._sleep = sleep
        self._turn = threading.Lock()
        self._free_at = monotonic()

    def take(self, count: int) -> None:
        """Wait until ``count`` bytes more are within the bound; with 0 there is none."""
        if not self._bytes_per_s:
            return
        with self._turn:
            now = self._monotonic()
            self._free_at = max(self._free_at, now) + count / self._bytes_per_s
            wait_s = self._free_at - now
        self._sleep(wait_s)


class _PacedReader(io.RawIOBase):
    """Passes ``source`` on, no faster than the bandwidth lets it; closes it with itself."""

    def __init__(self, source: IO[bytes], bandwidth: Bandwidth) -> None:
        self._source = source
        self._bandwidth = bandwidth

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # narrower
        """See ``io.RawIOBase.readinto``."""
        with memoryview(buffer)[:_BUFFER_BYTES] as some:
            count: int = self._source.readinto(some)  # type: ignore[attr-defined]  # all streams have it
        self._bandwidth.take(count)
        return count

    def close(self) -> None:
        """See ``io.IOBase.close``."""
        self._source.close()
        super().close()


def paced(source: IO[bytes], bandwidth: Bandwidth | None) -> IO[bytes]:
    """The same bytes within the bound, if there is one; closing it closes ``source``."""
    return source if bandwidth is None else io.BufferedReader(_PacedReader(source, bandwidth))


def compare(task: ToRead, bandwidth: Bandwidth | None = None, *, second: str = "") -> FixityResult:
    """What lies there against its record; trouble with the copy is ``unreachable``, not damage.

    ``second``: an algorithm by which it is hashed in the same read.
    """
    found, size, status, reads = None, 0, Fixity.UNREACHABLE, 0
    text = ""
    for past_cache in (False, True):
        found, size = None, 0
        reads += 1
        try:
            with task.copy.open(task.key, past_cache=past_cache) as source:
                found, size, text = digests_and_size(paced(source, bandwidth), second)
            status = Fixity.INTACT if found == task.sha256 else Fixity.DAMAGED
        except ObjectNotFoundError:
            status = Fixity.MISSING
        except (ObjectUnreadableError, TransferDamagedError):
            status = Fixity.DAMAGED
        except BackendError:
            status = Fixity.UNREACHABLE
        if status is Fixity.INTACT:
            break
    unsteady = status is Fixity.INTACT and reads > 1
    return FixityResult(task.copy.name, task.key, status, size, task.sha256, found, unsteady, text)


def judge(result: FixityResult, others: Sequence[ObjectStore]) -> tuple[str, dict[str, str]]:
    """Who is wrong about a file that is not as recorded, and what each other copy has of it."""
    facts: dict[str, str] = {}
    found: dict[str, str | None] = {}
    for other in others:
        fixity_result = compare(ToRead(other, result.key, result.sha256_expected or ""))
        known = result.sha256_expected is not None
        facts[other.name] = (
            str(fixity_result.status)
            if known or fixity_result.sha256_found is None
            else "unrecorded"
        )
        if fixity_result.status is not Fixity.UNREACHABLE:
            found[other.name] = fixity_result.sha256_found
    if result.sha256_expected is None:
        return NO_RECORD, facts
    if str(Fixity.INTACT) in facts.values():
        return OTHERS_SOUND, facts
    if not found:
        return ALONE, facts
    agreed = {result.sha256_found, *found.values()}
    return RECORD_DOUBTED if len(agreed) == 1 and None not in agreed else NONE_SOUND, facts
