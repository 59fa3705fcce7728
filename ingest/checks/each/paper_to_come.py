"""Documents without files: paper to come, or forgotten."""

from collections.abc import Iterator

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from ingest.checks.port import CheckContext


def check(context: CheckContext) -> Iterator[Finding]:
    """Each document that names no file, and a case file that names no document."""
    if not context.declared.documents:
        place = row_place("case-file", context.declared.row)
        yield Finding("files", "no-documents", Severity.ERROR, place)
    for document in context.declared.documents:
        place = row_place(document.kind, document.row, "files")
        linked = document.fields.get("relation") == "reference"
        target = document.fields.get("relatesTo", "")
        if linked and target not in context.register.linked:
            severity = Severity.WARNING if document.files else Severity.ERROR
            yield Finding("files", "link-unknown", severity, place, {"target": target[:200]})
        if document.files or linked or document.recalled_at:  # what was recalled stays there
            continue
        if context.paper(document):
            yield Finding("paper-to-come", "paper-to-come", Severity.INFO, place)
        else:
            yield Finding("files", "no-files", Severity.ERROR, place)
