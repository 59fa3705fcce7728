"""JOBS: name → function; and the loop that claims, does and closes them."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from archive_service.bootstrap import Services
from archive_service.db.unit_of_work import StaleWriteError
from archive_service.errors import ArchiveError, BackendError, IntegrityViolationError
from archive_service.jobs.port import Lease, LeaseLostError
from archive_service.jobs.schedule import queue_due
from archive_service.log import logger
from archive_service.storage.work_folder import work_errors
from archive_service.workflow import case_file, index_watch, intake, keeping, uploads
from archive_service.workflow.custody import write_out_evidence
from ingest.receive import CHECK_JOB
from search.port import SearchIndexDamagedError, SearchUnavailableError

JOBS: dict[str, Callable[[Lease, Services], None]] = {
    CHECK_JOB: intake.check,
    **dict.fromkeys(case_file.STEPS, case_file.advance),
    "write-out-evidence": keeping.write_out,
    "sweep-staging": keeping.sweep_staging,
    "sweep-uploads": uploads.sweep_uploads,
    "watch-index": index_watch.watch_index,
    "check-fixity": keeping.check_fixity,
    "check-case-file": keeping.check_one,
}
IDLE_S = 0.5  # pause of a worker that found nothing
SCHEDULE_S = 5.0  # how often the schedule is looked at
PAUSE_S = 2.0  # pause after a ledger that did not answer
_SOON_S = 60.0  # retries due within this are waited for by --until-empty


@dataclass(slots=True)
class Tally:
    """What a worker did."""

    done: int = 0
    failed: int = 0
    dead: int = 0
    left: int = 0


def run_one(
    services: Services, *, subject_id: UUID | None = None, names: tuple[str, ...] | None = None
) -> str | None:
    """Claim one job and do it; returns ``done failed retry lost``, or ``None`` if none was due."""
    lease = services.jobs.claim(subject_id=subject_id, names=names)
    if lease is None:
        return None
    try:
        return _outcome(lease, services)
    except LeaseLostError:
        return "lost"


def _outcome(lease: Lease, services: Services) -> str:
    try:
        with _held(lease, services), work_errors(services.settings.home):
            JOBS[lease.job](lease, services)
    except LeaseLostError:
        raise
    except BackendError as trouble:
        services.jobs.wait_out(lease, _told(trouble.code, trouble.facts))
        return "retry"
    except StaleWriteError as trouble:
        return _retry(lease, services, trouble.code, trouble.facts)
    except ArchiveError as refusal:
        if isinstance(refusal, IntegrityViolationError):
            logger().error("integrity-alarm", job=lease.job, code=refusal.code, facts=str(refusal))
        services.jobs.refuse(lease, _told(refusal.code, refusal.facts))
        return "failed"
    except Exception as bug:  # noqa: BLE001 - a bug in one job must not stop the others
        logger().exception("job-crashed", job=lease.job, subject=str(lease.subject_id))
        # People read this in the list of jobs; what the bug says may quote data.
        return _retry(lease, services, "unexpected-error", {"reason": type(bug).__name__})
    return "done"


def work(
    services: Services, *, until_empty: bool, stopping: threading.Event | None = None
) -> Tally:
    """Do jobs until told to stop, or until nothing runs or can run.

    Jobs of killed workers on this machine are taken up at once; a job that will be tried again
    within a minute is waited for, later ones are counted as ``left``.

    Raises:
        BackendError: with ``until_empty`` the database did not answer; otherwise it is waited for.
    """
    stopping = stopping or threading.Event()
    services.jobs.reclaim_dead()
    keeping.sweep_work_folder(services)
    write_out_evidence(services)  # what a killed worker had committed and not yet sent out
    _adopt_index(services)
    tally = Tally()
    look_at = 0.0
    while not stopping.is_set():
        try:
            if not until_empty and time.monotonic() >= look_at:
                look_at = time.monotonic() + SCHEDULE_S
                _queue_periodic(services)
            outcome = run_one(services)
        except BackendError as trouble:
            if until_empty:
                raise
            logger().warning("ledger-silent", code=trouble.code, facts=str(trouble))
            stopping.wait(PAUSE_S)
            continue
        if outcome is not None:
            tally.done += outcome == "done"
            tally.failed += outcome == "failed"
        elif not until_empty:
            stopping.wait(IDLE_S)
        elif _more_soon(services):
            stopping.wait(0.05)
        else:
            break
    with services.read_only() as session:
        counts = services.jobs.counts(session)
    tally.dead, tally.left = counts.dead, counts.waiting + counts.running
    return tally


def _adopt_index(services: Services) -> None:
    """An index that does not answer keeps no worker from its other jobs."""
    try:
        index_watch.adopt_index(services)
    except (SearchUnavailableError, SearchIndexDamagedError) as trouble:
        logger().warning("search-index-silent", code=trouble.code, facts=str(trouble))


def _queue_periodic(services: Services) -> None:
    with services.unit_of_work() as uow:
        queue_due(uow.session, services.jobs)
        uow.commit()


def stop_on_signals() -> threading.Event:
    """An event set by SIGTERM or SIGINT: the job in hand is finished first."""
    stopping = threading.Event()

    def stop(_signal: int, _frame: object) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopping


def _more_soon(services: Services) -> bool:
    with services.read_only() as session:
        due_in_s = services.jobs.due_in_s(session)
        return services.jobs.is_running(session) or (due_in_s is not None and due_in_s <= _SOON_S)


def _retry(lease: Lease, services: Services, code: str, facts: dict[str, object]) -> str:
    services.jobs.retry(lease, _told(code, facts))
    return "retry"


def _told(code: str, facts: dict[str, object]) -> dict[str, object]:
    return {"code": code, "facts": {name: str(value) for name, value in facts.items()}}


@contextmanager
def _held(lease: Lease, services: Services) -> Iterator[None]:
    """Beat for the lease in a thread of its own while the work is done."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(services.jobs.policy.lease_s / 3):
            try:
                services.jobs.heartbeat(lease)
            except LeaseLostError:
                return
            except BackendError:
                time.sleep(0.1)  # the next beat tries again; the lease outlives two of them

    beating = threading.Thread(target=beat, name="heartbeat", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()
