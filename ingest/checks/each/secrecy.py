"""State secrets once more: what the door could not see must not be accepted either."""

from collections.abc import Iterator

from archive_service.domain.intake.finding import Finding
from ingest.checks.port import CheckContext
from ingest.checks.secrecy_findings import secrecy_findings


def check(context: CheckContext) -> Iterator[Finding]:
    """Each row whose ``mode`` marks a state secret."""
    yield from secrecy_findings(context.declared)
