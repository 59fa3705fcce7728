"""Reading many small things at once, given on in the order in which they were asked for."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Given = TypeVar("Given")

THREADS = 8  # readers that wait for a disk or a server, not for the processor
_AHEAD = 4  # of each of them


def side_by_side(work: Callable[[Item], Given], items: Iterable[Item]) -> Iterator[Given]:
    """``work`` of each item, in their order, some of them ahead; the first trouble flies."""
    pending: deque[Future[Given]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            for item in items:
                pending.append(pool.submit(work, item))
                if len(pending) >= THREADS * _AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
