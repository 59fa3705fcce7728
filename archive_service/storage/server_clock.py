"""The clock of a store's server, told in passing with each of its answers."""

import datetime as dt
import time
from collections.abc import Iterable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Protocol, runtime_checkable

from archive_service.errors import BackendError
from archive_service.storage.port import ObjectStore


class ServerClock:
    """What was heard last; since then it goes on by a clock of this machine that nobody sets."""

    def __init__(self) -> None:
        self._heard: tuple[dt.datetime, float] | None = None

    def hear(self, date: str | None) -> None:
        """The header ``Date`` of an answer; one that is none tells nothing."""
        with suppress(TypeError, ValueError):
            heard = parsedate_to_datetime(date or "")
            if heard.tzinfo is not None:
                self._heard = heard.astimezone(dt.UTC), time.monotonic()

    def now(self) -> dt.datetime | None:
        """What it shows now; ``None`` before the first answer."""
        if self._heard is None:
            return None
        heard, at = self._heard
        return heard + dt.timedelta(seconds=time.monotonic() - at)


@runtime_checkable
class TellsTime(Protocol):
    """A store on a server with a clock of its own."""

    @property
    def name(self) -> str:
        """See ``ObjectStore.name``."""

    def server_time(self) -> dt.datetime | None:
        """What that clock shows, by the last answer; ``None`` before the first."""

    def ask_time(self) -> None:
        """Have it answer, if only with a refusal. Raises ``StoreUnreachableError``."""


def told_times(stores: Iterable[ObjectStore]) -> dict[str, dt.datetime]:
    """Store → what its server's clock shows; those that never answered are not in it."""
    facts = {store.name: store.server_time() for store in stores if isinstance(store, TellsTime)}
    return {name: time for name, time in facts.items() if time is not None}


def ask_times(stores: Iterable[ObjectStore]) -> None:
    """Have each answer once; what is away tells nothing."""
    for store in stores:
        if isinstance(store, TellsTime):
            with suppress(BackendError):
                store.ask_time()
