"""What a check promises, and all that it may look at: no check reads a file or a database."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from archive_service.domain.agencies.file_plan import FilePlanState
from archive_service.domain.agencies.own_field import OwnField
from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.settings import LimitSettings
from ingest.checks.examine import FileFacts
from ingest.completeness.rules import CompletenessSet
from ingest.register.agencies import KnownAgency
from ingest.register.known_documents import Known


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
class Addition:
    """The case file in custody that a SUPPLEMENT or REPLACEMENT names."""

    status: str  # SUPPLEMENT, REPLACEMENT
    state: str = ""  # of the case file; empty: none bears the code
    own: bool = False  # it is the agency's
    hold: str = ""  # the authority of a hold in force
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """What the database said of this submission's code and bytes when the check began."""

    agencies: Mapping[str, KnownAgency]  # by identifier
    plan: Plan | None
    held_code: bool  # a case file bears the code
    # Facts of another agency are not the sender's to know: they are empty.
    open_code: Mapping[str, str] | None  # {id, received_at} of an earlier one, open, that bears it
    held_bytes: Mapping[str, str]  # digest -> code of a case file that holds such bytes
    addition: Addition | None = None  # of what is no new case file
    linked: frozenset[str] = frozenset()  # identifiers of documents in custody that are linked to
    own_fields: tuple[OwnField, ...] = ()  # of the agency, those of the circular apart
    later_open: Mapping[str, str] | None = None  # as open_code, of a later one of this sender
    open_bytes: Mapping[str, str] = field(default_factory=dict)  # as held, of those that wait
    open_documents: Mapping[str, str] = field(default_factory=dict)  # likewise, by mark
    own_required: bool = False  # a required one that is missing is an error, else a warning


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
