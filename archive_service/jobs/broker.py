"""The port to a message broker: it tells workers of jobs; that a job is done depends on no message.

A message is the id of a job and nothing else. It may be lost, doubled or late: the ledger decides
who does the job, and says what was not heard of again.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from archive_service.errors import BackendError


class BrokerSilentError(BackendError):
    """The broker did not answer in time; the ledger is asked instead, and nothing is lost."""


@dataclass(frozen=True, slots=True)
class JobMessage:
    """What a message says: which job, in which queue."""

    job_id: UUID
    queue: str


class Broker(Protocol):
    """Who is told of jobs that are due."""

    is_used: bool  # false: workers ask the ledger alone
    address: str  # host:port/vhost, without a password; empty where it is not used

    def tell_later(self, jobs: Sequence[JobMessage]) -> None:
        """Tell soon, from another thread; never waits and never fails. For after a commit."""

    def tell(self, jobs: Sequence[JobMessage]) -> None:
        """Tell now; what returns is confirmed by the broker.

        Raises:
            BrokerSilentError: some or all of it was not confirmed.
        """

    def waiting(self) -> Mapping[str, int]:
        """How many messages wait in each queue, those in a worker's hands left out.

        Raises:
            BrokerSilentError: it did not answer.
        """

    def consume(
        self, queues: Sequence[str], do: Callable[[UUID], None], stopping: threading.Event
    ) -> None:
        """Call ``do`` for each message, one at a time, until told to stop or the broker is gone.

        What ``do`` has in hand is finished first. Returns at once where the broker does not answer.
        """

    def close(self) -> None:
        """Send what was still to be told, for two seconds at most, and leave."""


class NoBroker:
    """Workers ask the ledger alone."""

    is_used = False
    address = ""

    def tell_later(self, jobs: Sequence[JobMessage]) -> None:
        """See ``Broker.tell_later``."""

    def tell(self, jobs: Sequence[JobMessage]) -> None:
        """See ``Broker.tell``."""

    def waiting(self) -> Mapping[str, int]:
        """See ``Broker.waiting``."""
        return {}

    def consume(
        self,
        queues: Sequence[str],
        do: Callable[[UUID], None],
        stopping: threading.Event,
    ) -> None:
        """See ``Broker.consume``."""

    def close(self) -> None:
        """See ``Broker.close``."""
