"""The time that all readings of one page have together: one page may not hold up the others.

Readings are many, each made of many calls of the engine; what a page is given counts for all.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PAGE_S = 40.0  # a page takes a second, a hard one some; one of nothing but noise took minutes
HEAD_S = 12.0  # for its head, which may be read three times
STAMPS_S = 8.0  # for stamps alone, after the text: a mark of secrecy is never left out for time


class PageTime:
    """What is left of the time, and whether anything went unread for want of it."""

    def __init__(self, seconds: float) -> None:
        self._began = time.monotonic()
        self._ends = self._began + seconds
        self.cut = False

    @property
    def left_ms(self) -> int:
        """Milliseconds from now on; 0 when it is over."""
        return max(0, round(1000 * (self._ends - time.monotonic())))

    def allows_again(self) -> bool:
        """Whether what took the time until now can be done once more; noted where it cannot."""
        now = time.monotonic()
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
