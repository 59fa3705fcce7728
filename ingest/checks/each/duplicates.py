"""Equal bytes: twice in this submission, already held, or in another that waits."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from archive_service.domain.intake.finding import Finding, Severity
from ingest.checks.port import CheckContext

CHECK = "duplicates"


class Bytes(Protocol):
    """A file as far as it can be compared with others."""

    @property
    def path(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...


def check(context: CheckContext) -> Iterator[Finding]:
    """Each file whose bytes came before, here, in custody or on the desk; empty ones aside."""
    first: dict[str, str] = {}
    for file in context.files.values():
        if not file.size_bytes:
            continue
        earlier = first.setdefault(file.sha256, file.path)
        if earlier != file.path:
            yield Finding(CHECK, "same-bytes", Severity.WARNING, file.path, {"other": earlier})
        code = context.register.open_bytes.get(file.sha256)
        if code is not None:
            yield Finding(CHECK, "waits-elsewhere", Severity.INFO, file.path, {"code": code})
    yield from in_custody(context.files.values(), context.register.held_bytes)


def in_custody(files: Iterable[Bytes], held: Mapping[str, str]) -> Iterator[Finding]:
    """Each that a case file holds already.

    Args:
        files: of the documents.
        held: by digest the code of the case file; empty where it is another agency's.
    """
    for file in files:
        code = held.get(file.sha256) if file.size_bytes else None
        if code == "":
            yield Finding(CHECK, "already-held-elsewhere", Severity.WARNING, file.path)
        elif code is not None:
            yield Finding(CHECK, "already-held", Severity.WARNING, file.path, {"code": code})
