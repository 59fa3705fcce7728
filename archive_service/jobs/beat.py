"""The beat of who works on a job: as long as it goes on, nobody else takes the job."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from archive_service.errors import BackendError
from archive_service.jobs.ledger import JobLedger
from archive_service.jobs.port import Lease, LeaseLostError


@contextmanager
def held(*leases: Lease, jobs: JobLedger) -> Iterator[None]:
    """Beat for the leases in a thread of its own while the work is done."""
    over = threading.Event()
    ours = list(leases)

    def beat() -> None:
        while ours and not over.wait(jobs.policy.lease_s / 3):
            for lease in list(ours):
                try:
                    jobs.heartbeat(lease)
                except LeaseLostError:
                    ours.remove(lease)
                except BackendError:
                    time.sleep(0.1)  # the next beat tries again; the lease outlives two of them

    beating = threading.Thread(target=beat, name="heartbeat", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()
