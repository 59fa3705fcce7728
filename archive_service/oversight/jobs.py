"""What a worker looks at for oversight: reports, rights that wait, reviews."""

from collections.abc import Callable

from archive_service.jobs.port import Lease
from archive_service.oversight import pending_rights
from archive_service.oversight.reporting import overdue
from archive_service.oversight.reviewing import watching
from archive_service.services import Services

JOBS: dict[str, Callable[[Lease, Services], None]] = {
    overdue.WATCH_JOB: overdue.watch_reports,
    pending_rights.WATCH_JOB: pending_rights.watch_rights,
    watching.WATCH_JOB: watching.watch_reviews,
}
