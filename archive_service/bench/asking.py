"""A person at a browser who opens page after page, and how long each took."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from archive_service.web.session import COOKIE

_ROUND_S = 1.0  # every page once
_TIMEOUT_S = 60.0


def get_page(address: str, cookie: str, path: str) -> tuple[int, bytes, float]:
    """Status and bytes of a page as a signed-in person gets it, and milliseconds until it was here.

    Raises:
        OSError, http.client.HTTPException: there was no answer.
    """
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=_TIMEOUT_S)
    started = time.perf_counter()
    try:
        line.request("GET", path, headers={"Cookie": f"{COOKIE}={cookie}"})
        answer = line.getresponse()
        return answer.status, answer.read(), 1000 * (time.perf_counter() - started)
    finally:
        line.close()


def p95_of(spent_ms: Sequence[float]) -> float:
    """So many milliseconds or less in 95 of a hundred."""
    ordered = sorted(spent_ms)
    return round(ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)], 1)


class Asking:
    """Asks for every page once a second, in a thread, as long as the block lasts."""

    def __init__(self, address: str, cookie: str, places: Callable[[], dict[str, str]]) -> None:
        """``places``: name → path, asked anew each round."""
        self._address = address
        self._cookie = cookie
        self._places = places
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, name="asking")
        self._spent_ms: dict[str, list[float]] = {}
        self.refused = 0  # answers other than 200

    def __enter__(self) -> "Asking":
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """After the round in hand."""
        self._ending.set()
        self._thread.join()

    @property
    def spent_ms(self) -> list[float]:
        """Of every answer."""
        return [spent for page in self._spent_ms.values() for spent in page]

    @property
    def count(self) -> int:
        """How many answers came."""
        return sum(len(spent) for spent in self._spent_ms.values())

    def told(self) -> dict[str, float]:
        """Milliseconds: of each page its median and its 95th percentile."""
        found: dict[str, float] = {}
        for name, spent in self._spent_ms.items():
            found[f"{name}_p50_ms"] = round(statistics.median(spent), 1)
            found[f"{name}_p95_ms"] = p95_of(spent)
        return found

    def _ask_on(self) -> None:
        while not self._ending.is_set():
            begun = time.monotonic()
            for name, path in self._places().items():
                self._ask(name, path)
            self._ending.wait(max(0.0, begun + _ROUND_S - time.monotonic()))

    def _ask(self, name: str, path: str) -> None:
        try:
            status, _, spent_ms = get_page(self._address, self._cookie, path)
        except (OSError, http.client.HTTPException):
            self.refused += 1
            return
        self._spent_ms.setdefault(name, []).append(spent_ms)
        self.refused += status != http.HTTPStatus.OK
