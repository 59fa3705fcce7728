"""Scans of papers that people hand in beside what they note."""

from pathlib import Path

from archive_service.formats.pdf.facts import read_pdf
from archive_service.services import Services


def stage_scan(services: Services, scan: Path) -> str | None:
    """The digest of a PDF, which lies in staging then; ``None``: it is none that can be opened."""
    limits = services.settings.limits
    facts = read_pdf(scan, limit_s=limits.parser_s, memory_mib=limits.parser_mib)
    if not facts.condition.opens:
        return None
    with scan.open("rb") as source:
        return services.staging.receive(source).sha256
