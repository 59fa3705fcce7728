"""The digests that the sender declared, against the bytes that came."""

from collections.abc import Iterator

from archive_service.domain.intake.finding import Finding, Severity
from ingest.checks.port import CheckContext


def check(context: CheckContext) -> Iterator[Finding]:
    """Each declared SHA-256 that differs."""
    for _, declared, received in context.declared_files():
        if declared.sha256 is not None and declared.sha256 != received.sha256:
            facts = {"declared": declared.sha256, "found": received.sha256}
            yield Finding("checksums", "checksum-differs", Severity.ERROR, received.path, facts)
