"""Digital signatures: found, intact, valid, trusted. A doubt is for a person to weigh."""

from collections.abc import Iterator

from archive_service import clock, messages
from archive_service.domain.finding import Finding, Severity
from archive_service.signing.validate import SignatureReport
from ingest.checks.port import CheckContext


def check(context: CheckContext) -> Iterator[Finding]:
    """One finding for each signature."""
    for file in context.files.values():
        for report in file.facts.signatures:
            code, severity = _judged(report)
            facts = {
                "signer": report.signer or report.field,
                "signed_at": "" if report.signed_at is None else clock.iso(report.signed_at),
                "errors": "; ".join(
                    messages.label("signature-error", error) for error in report.errors
                ),
            }
            yield Finding("signatures", code, severity, file.path, facts)


def _judged(report: SignatureReport) -> tuple[str, Severity]:
    if not report.intact or report.altered_later:
        return "signature-broken", Severity.WARNING
    if not report.valid:
        return "signature-invalid", Severity.WARNING
    if not report.trusted:
        return "signature-untrusted", Severity.WARNING
    return "signature-valid", Severity.INFO
