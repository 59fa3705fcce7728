"""The periodic acts of keeping: evidence out, staging swept, fixity checked."""

import datetime as dt
from collections.abc import Callable

from archive_service import clock
from archive_service.catalogue.openings.acts import forget_openings
from archive_service.evidence.jobs import VERIFY_JOB, WITNESS_JOB, verify_daily, witness_daily
from archive_service.evidence.outbox import write_out as write_out_rows
from archive_service.evidence.sealing import SEAL_JOB, seal_hourly
from archive_service.jobs.port import Lease
from archive_service.keeping.fixity.catalogue import CATALOGUE_JOB, compare_daily
from archive_service.keeping.fixity.check import CHECK_JOB, check_all, check_case_file
from archive_service.services import Services
from archive_service.storage.needed import needed_digests
from archive_service.storage.work_folder import sweep_work_folder
from retention.transfer.jobs import sweep_built

_SWEPT_AT_ONCE = 500  # files; so long the write lock is held


def write_out(lease: Lease, services: Services) -> None:
    """Put acts and the running audit segment into every copy."""
    write_out_rows(services.database, staging=services.staging, copies=services.copies)
    _finish(lease, services)


def sweep_staging(lease: Lease, services: Services) -> None:
    """Discard staged bytes that no row needs and that have lain for the time of grace."""
    sweep_work_folder(services.settings.home)
    grace = dt.timedelta(seconds=services.settings.storage.staging_grace_s)
    services.staging.sweep()
    for copy in (*services.copies, *services.reserves):
        copy.sweep()
    before = clock.now() - grace
    old = list(services.staging.iter_digests(older_than=before))
    for start in range(0, len(old), _SWEPT_AT_ONCE):
        some = old[start : start + _SWEPT_AT_ONCE]
        with services.writing() as session:  # under the write lock: no new row can need them
            for digest in set(some) - needed_digests(session):
                services.staging.discard(digest, older_than=before)  # it may have come again
    sweep_built(services)
    forget_openings(services)
    _finish(lease, services)


def check_fixity(lease: Lease, services: Services) -> None:
    """Read every copy again; the result is an event, damage is an alarm."""
    check_all(services, progress=lambda share: services.jobs.heartbeat(lease, progress=share))
    _finish(lease, services)


def check_one(lease: Lease, services: Services) -> None:
    """Read one case file again in every copy."""
    if lease.subject_id is None:
        raise ValueError(f"{CHECK_JOB} needs a case file")
    check_case_file(lease.subject_id, services)
    _finish(lease, services)


def _finish(lease: Lease, services: Services) -> None:
    with services.writing() as session:
        services.jobs.finish(session, lease)


JOBS: dict[str, Callable[[Lease, Services], None]] = {
    "write-out-evidence": write_out,
    SEAL_JOB: seal_hourly,
    VERIFY_JOB: verify_daily,
    WITNESS_JOB: witness_daily,
    CATALOGUE_JOB: compare_daily,
    "sweep-staging": sweep_staging,
    "check-fixity": check_fixity,
    CHECK_JOB: check_one,
}
