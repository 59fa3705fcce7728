"""Bytes that were made to be read, kept in the memory of this process for a while."""

import threading
import time
from collections import OrderedDict


class Kept:
    """The last that were made: so many bytes at most, each for so long."""

    def __init__(self, *, most_bytes: int, for_s: float) -> None:
        self._most_bytes = most_bytes
        self._for_s = for_s
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def get(self, name: str) -> bytes | None:
        """What is kept under the name, unless it is gone."""
        with self._lock:
            self._sweep()
            found = self._kept.get(name)
            return None if found is None else found[1]

    def put(self, name: str, data: bytes) -> None:
        """Keep it in the place of the oldest ones."""
        with self._lock:
            self._kept[name] = (time.monotonic(), data)
            self._sweep()

    def _sweep(self) -> None:
        now = time.monotonic()
        total = sum(len(data) for _, data in self._kept.values())
        for name, (made_s, data) in list(self._kept.items()):
            if total > self._most_bytes or now - made_s > self._for_s:
                del self._kept[name]
                total -= len(data)
