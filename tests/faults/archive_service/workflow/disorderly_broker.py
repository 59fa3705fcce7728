"""A message broker that gives every message twice, and all of them in any order."""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from archive_service.jobs.broker import JobMessage

_LOOK_S = 0.01
_KEPT_BACK = 4  # messages that wait for others, so that there is an order to be lost


class DisorderlyBroker:
    """Keeps its messages in this process; workers are threads of it."""

    is_used = True
    address = "disorder"

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._lock = threading.Lock()
        self._messages: list[JobMessage] = []
        self.given = 0

    def tell_later(self, jobs: Sequence[JobMessage]) -> None:
        """See ``Broker.tell_later``."""
        self.tell(jobs)

    def tell(self, jobs: Sequence[JobMessage]) -> None:
        """See ``Broker.tell``; each of them twice."""
        with self._lock:
            self._messages += [*jobs, *jobs]

    def waiting(self) -> Mapping[str, int]:
        """See ``Broker.waiting``."""
        with self._lock:
            names = [job.queue for job in self._messages]
        return {name: names.count(name) for name in names}

    def consume(
        self, queues: Sequence[str], do: Callable[[UUID], None], stopping: threading.Event
    ) -> None:
        """See ``Broker.consume``; of all ``queues``."""
        assert set(queues) >= set(self.waiting())
        patience = 0
        while not stopping.is_set():
            job = self._drawn(even_few=patience > _KEPT_BACK)
            if job is None:
                patience += 1
                stopping.wait(_LOOK_S)
            else:
                patience = 0
                do(job.job_id)

    def close(self) -> None:
        """See ``Broker.close``."""

    def _drawn(self, *, even_few: bool) -> JobMessage | None:
        with self._lock:
            if not self._messages or (len(self._messages) < _KEPT_BACK and not even_few):
                return None
            self.given += 1
            return self._messages.pop(self._chance.randrange(len(self._messages)))
