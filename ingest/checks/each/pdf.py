"""Whether each PDF opens, whole and without a key, runs nothing, and has not too many pages."""

from collections.abc import Iterator

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.formats.pdf.facts import PdfCondition, PdfContent
from ingest.checks.port import CheckContext

# A PDF that opens only after repair is one a person should look at; the rest cannot be kept.
_SEEN = {
    PdfCondition.DAMAGED: ("pdf-damaged", Severity.WARNING),
    PdfCondition.TRUNCATED: ("pdf-truncated", Severity.ERROR),
    PdfCondition.ENCRYPTED: ("pdf-encrypted", Severity.ERROR),
    PdfCondition.UNREADABLE: ("pdf-unreadable", Severity.ERROR),
}
# What the pages do not show: their images, and a copy in PDF/A, would hold a cover alone.
_ELSEWHERE = {PdfContent.ATTACHED: "pdf-portfolio", PdfContent.DRAWN: "pdf-drawn-form"}


def check(context: CheckContext) -> Iterator[Finding]:
    """One finding for each PDF that is not in good condition, or has too many pages."""
    for file in context.files.values():
        facts = file.facts.pdf
        if facts is None:
            continue
        if (seen := _SEEN.get(facts.condition)) is not None:
            code, severity = seen
            yield Finding("pdf", code, severity, file.path, {"detail": facts.detail[:300]})
        if facts.condition.opens and not facts.pages:
            yield Finding("pdf", "pdf-without-pages", Severity.ERROR, file.path)
        if facts.broken_page:
            event_facts = {"page": facts.broken_page}
            yield Finding("pdf", "pdf-page-broken", Severity.WARNING, file.path, event_facts)
        if (hidden := _ELSEWHERE.get(facts.content)) is not None:
            yield Finding("pdf", hidden, Severity.WARNING, file.path)
        if facts.active:  # of page images no searchable copy can be made; PDF/A forbids it to all
            severity = Severity.ERROR if facts.of_images else Severity.WARNING
            yield Finding("pdf", "pdf-active", severity, file.path)
        if facts.condition.opens and not facts.begins:
            yield Finding("pdf", "pdf-bytes-before", Severity.WARNING, file.path)
        if facts.bytes_behind:
            event_facts = {"size": facts.bytes_behind}
            yield Finding("pdf", "pdf-bytes-behind", Severity.WARNING, file.path, event_facts)
        if facts.pages > context.limits.page_count:
            event_facts = {"pages": facts.pages, "limit": context.limits.page_count}
            yield Finding("pdf", "pdf-too-many-pages", Severity.ERROR, file.path, event_facts)
