"""What a worker holds while it works, and what the ledger says when it does not."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from archive_service.errors import ConflictError, NotFoundError

LONGEST_PAUSE_S = 300.0


@dataclass(frozen=True, slots=True)
class Lease:
    """One job in the hands of one worker; ``token`` fences it off from later holders."""

    job_id: UUID
    job: str
    subject_id: UUID | None
    token: int
    attempts: int
    outages: int = 0
    checkpoint: dict[str, Any] = field(default_factory=dict)


class LeaseLostError(ConflictError):
    """The lease ran out and another worker took over; this one changes nothing."""


class JobNotFoundError(NotFoundError):
    """No job bears this id."""


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """How many jobs are in each state; ``due_in_s`` until the next waiting one, if any."""

    waiting: int
    running: int
    done: int
    failed: int
    dead: int
    due_in_s: float | None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a worker holds a job, and how often and when it is tried again."""

    lease_s: float
    max_attempts: int
    retry_base_s: float

    def pause_after(self, attempts: int) -> dt.timedelta:
        """Pause before the next try: doubles each time, five minutes at most."""
        doubled = self.retry_base_s * 2.0 ** min(max(attempts - 1, 0), 32)
        return dt.timedelta(seconds=min(doubled, LONGEST_PAUSE_S))
