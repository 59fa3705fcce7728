"""Claims of PDF/A: what was found against them; that a claim stands unproved is told as such."""

from collections.abc import Iterator

from archive_service import messages
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.formats.pdf.pdfa_claim import PdfaJudgement
from ingest.checks.port import CheckContext

CHECK = "pdfa"


def check(context: CheckContext) -> Iterator[Finding]:
    """One for each file whose claim is false; one for all whose claim nobody proved."""
    unproved = []
    for file in context.files.values():
        pdf = file.facts.pdf
        if pdf is None or not pdf.pdfa or not pdf.condition.opens:
            continue
        judged, claim = file.facts.pdfa or PdfaJudgement(whole=False), pdf.pdfa.upper()
        if judged.broken:
            words = "; ".join(messages.label("pdfa-broken", code) for code in judged.broken)
            facts = {"claim": claim, "broken": words}
            yield Finding(CHECK, "pdfa-claim-false", Severity.WARNING, file.path, facts)
        elif not judged.proved:
            unproved.append(claim)
    if unproved:
        event_facts: dict[str, object] = {"count": len(unproved), "claims": sorted(set(unproved))}
        yield Finding(CHECK, "pdfa-claim-unproved", Severity.INFO, "", event_facts)
