"""Equal bytes: twice in this submission, or already held."""

from collections.abc import Iterator

from archive_service.domain.finding import Finding, Severity
from ingest.checks.port import CheckContext


def check(context: CheckContext) -> Iterator[Finding]:
    """Each file whose bytes came before, here or in a case file in custody; empty ones aside."""
    first: dict[str, str] = {}
    for file in context.files.values():
        if not file.size_bytes:
            continue
        earlier = first.setdefault(file.sha256, file.path)
        if earlier != file.path:
            yield Finding(
                "duplicates", "same-bytes", Severity.WARNING, file.path, {"other": earlier}
            )
        code = context.register.held_bytes.get(file.sha256)
        if code == "":
            yield Finding("duplicates", "already-held-elsewhere", Severity.WARNING, file.path)
        elif code is not None:
            yield Finding("duplicates", "already-held", Severity.WARNING, file.path, {"code": code})
