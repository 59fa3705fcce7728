"""What a check promises, and all that it may look at: no check reads a file or a database."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from archive_service.domain.file_plan import FilePlanState
from archive_service.domain.finding import Finding
from archive_service.domain.submission import DeclaredCaseFile, DeclaredDocument, DeclaredFile
from archive_service.settings import LimitSettings
from ingest.agencies import KnownAgency
from ingest.examine import FileFacts


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One received file and what was seen in it."""

    path: str
    sha256: str
    size_bytes: int
    facts: FileFacts


@dataclass(frozen=True, slots=True)
class Plan:
    """The file plan of the code's agency and year."""

    state: FilePlanState
    notations: frozenset[str]


@dataclass(frozen=True, slots=True)
class Register:
    """What the database said of this submission's code and bytes when the check began."""

    agencies: Mapping[str, KnownAgency]  # by identifier
    plan: Plan | None
    held_code: bool  # a case file bears the code
    # Facts of another agency are not the sender's to know: they are empty texts.
    open_code: str | None  # id of an earlier submission, still open, that bears it
    held_bytes: Mapping[str, str]  # digest -> code of a case file that holds such bytes


@dataclass(frozen=True, slots=True)
class CheckContext:
    """One submission as declared and as received."""

    declared: DeclaredCaseFile
    files: Mapping[str, ReceivedFile]  # by path, in the order of the rows
    register: Register
    limits: LimitSettings
    beside: Mapping[str, ReceivedFile] = field(default_factory=dict)  # the sheet itself

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
