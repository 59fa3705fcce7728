"""The time that all readings of one page have together: one page may not hold up the others.

Readings are many, each made of many calls of the engine; what a page is given counts for all. It
is processor time: on a busy machine a page takes longer by the clock, and is read as on any other.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PAGE_S = 40.0  # a page takes a second, a hard one some; one of nothing but noise took minutes
HEAD_S = 12.0  # for its head, which may be read three times
AGAIN_S = 10.0  # given besides, for readings that the clock ended too early
STAMPS_S = 8.0  # for stamps alone, after the text: a mark of secrecy is never left out for time
_MUCH = 0.25  # of the time that a reading had: less is left where the page itself took it


class PageTime:
    """What is left of the time, and whether anything went unread for want of it."""

    def __init__(self, seconds: float) -> None:
        self._clock = time.monotonic()
        self._began = time.thread_time()
        self._ends = self._began + seconds
        self._again_s = AGAIN_S
        self.cut = False

    @property
    def left_ms(self) -> int:
        """Milliseconds of processor time from now on; 0 when it is over."""
        return max(0, round(1000 * (self._ends - time.thread_time())))

    def read(self, begin: Callable[[int], bool]) -> bool:
        """Whether ``begin`` came to its end; it is told how many milliseconds of the clock it has.

        The engine knows no other time. How many they are is guessed by how slow the page went until
        then; where they were too few, for another had the processor meanwhile, it begins again.
        """
        while left_ms := self.left_ms:
            spent, clock = time.thread_time(), time.monotonic()
            slow = (1 + clock - self._clock) / (1 + spent - self._began)
            given_ms = round(left_ms * max(1.0, slow))
            if begin(given_ms):
                return True
            was_late = 1000 * (time.monotonic() - clock) >= given_ms
            if not was_late or self.left_ms < _MUCH * left_ms:
                break
            again_s = min(time.thread_time() - spent, self._again_s)
            self._again_s -= again_s
            self._began += again_s
            self._ends += again_s
        self.cut = True
        return False

    def allows_again(self) -> bool:
        """Whether what took the time until now can be done once more; noted where it cannot."""
        now = time.thread_time()
        allowed = not self.cut and now - self._began <= self._ends - now
        self.cut |= not allowed
        return allowed


_current: ContextVar[PageTime] = ContextVar("page_time")


@contextmanager
def page_time(seconds: float = PAGE_S) -> Iterator[PageTime]:
    """Whatever is read within shares these seconds."""
    given = PageTime(seconds)
    token = _current.set(given)
    try:
        yield given
    finally:
        _current.reset(token)


def time_of_page() -> PageTime:
    """Of the page that is being read; of its own for who reads a single image."""
    return _current.get(None) or PageTime(PAGE_S)
