"""How an archive stands, as command and page tell it."""

from archive_service.document import Document, Moment
from archive_service.jobs.port import LedgerCounts
from archive_service.keeping.copies.documents import CopyLagDocument
from archive_service.notices.documents import IncidentListed
from archive_service.oversight.reporting.documents import RunningDocument
from archive_service.storage.machine_clock import MachineClock


class BackendDocument(Document):
    """A backend and what it said, or the code of why it did not; no secret stands in its URL."""

    name: str
    port: str
    url: str
    ok: bool
    detail: str
    answer_ms: float


class _Answered(Document):
    version: str
    backends: list[BackendDocument]
    clock: MachineClock


class StatusDocument(_Answered):
    """Health and figures; a case file that was destroyed is none that is counted."""

    counts: dict[str, int]
    jobs: LedgerCounts
    copies: dict[str, CopyLagDocument]
    incidents: list[IncidentListed]
    reports: list[RunningDocument]
    at: Moment


class UncountedStatusDocument(_Answered):
    """Health while the database does not answer; ``reason`` is the code of why."""

    counts: None = None
    jobs: None = None
    copies: None = None
    incidents: None = None
    reports: None = None
    reason: str


class NeedDocument(Document):
    """One thing that an archive in earnest has; ``state``: met, waived, lacking.

    ``reason`` is why it does without, ``remedy`` what to do where it is lacking.
    """

    check: str
    state: str
    reason: str | None
    name: str
    remedy: str
    detail: str


class ProductionDocument(Document):
    """What an archive in earnest needs, and whether it lacks nothing of that."""

    ready: bool
    needs: list[NeedDocument]
