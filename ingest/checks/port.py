"""What a check promises, and all that it may look at: no check reads a file or a database."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.settings import LimitSettings
from ingest.checks.examine import FileFacts
from ingest.completeness.rules import CompletenessSet
from ingest.register.known_documents import Known
from ingest.register.register import Register


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One received file and what was seen in it."""

    path: str
    sha256: str
    size_bytes: int
    facts: FileFacts


@dataclass(frozen=True, slots=True)
class CheckContext:
    """One submission as declared and as received."""

    declared: DeclaredCaseFile
    files: Mapping[str, ReceivedFile]  # by path, in the order of the rows
    register: Register
    limits: LimitSettings
    beside: Mapping[str, ReceivedFile] = field(default_factory=dict)  # the sheet itself
    completeness: tuple[CompletenessSet, ...] = ()  # the rules of what must be there
    known: Known = field(default_factory=Known)  # of documents and those who signed them
    home: Path | None = None  # where switches of an agency's own lie
    historical: bool = False  # whether this archive is a lưu trữ lịch sử

    @property
    def adds_to_held(self) -> bool:
        """Whether it is no case file of its own: SUPPLEMENT or REPLACEMENT."""
        return self.register.addition is not None

    def declared_files(self) -> Iterator[tuple[DeclaredDocument, DeclaredFile, ReceivedFile]]:
        """Each file that a row names and that came."""
        for document in self.declared.documents:
            for file in document.files:
                if (received := self.files.get(file.path)) is not None:
                    yield document, file, received

    def paper(self, document: DeclaredDocument) -> bool:
        """Whether the document was paper, by its own ``confidenceLevel`` or the case file's."""
        level = document.fields.get("confidenceLevel") or self.declared.fields.get(
            "confidenceLevel", ""
        )
        return level in ("02", "03")


class Check(Protocol):
    """One check; looks at all there is and never stops at the first finding."""

    def __call__(self, context: CheckContext, /) -> Iterable[Finding]:
        """Everything seen, in the order of the rows."""
