"""Whether the history that a document says it has came with it."""

from collections.abc import Iterator

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from ingest.channels.edxml.process_files import PROCESS
from ingest.checks.port import CheckContext


def check(context: CheckContext) -> Iterator[Finding]:
    """Each document whose ``process`` is 1 and that has no process file, or nothing else."""
    for document in context.declared.documents:
        of_process = [file for file in document.files if file.standing == PROCESS]
        place = row_place(document.kind, document.row, "process")
        if document.fields.get("process") == "1" and not of_process and document.files:
            yield Finding("files", "process-file-missing", Severity.WARNING, place)
        if of_process and len(of_process) == len(document.files):
            yield Finding("files", "process-file-alone", Severity.ERROR, place)
