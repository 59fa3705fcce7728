"""State secrets are outside the service's scope: what a sender marks so is not taken in."""

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredCaseFile
from ingest.channels.values import is_secret

CHECK = "secrecy"


def secrecy_findings(declared: DeclaredCaseFile) -> list[Finding]:
    """One for the case file and one for each document whose ``mode`` marks a state secret."""
    rows = [("case-file", declared.row, declared.fields)]
    rows += [(document.kind, document.row, document.fields) for document in declared.documents]
    return [
        Finding(CHECK, "state-secret", Severity.ERROR, row_place(kind, row, "mode"))
        for kind, row, fields in rows
        if is_secret(fields.get("mode", ""))
    ]
