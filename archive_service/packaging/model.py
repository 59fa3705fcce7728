"""What a package says, free of any database: the builders read this and nothing else."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

DATA = "representations/rep1/data/"
DOCUMENTATION = "documentation/"
CREATION = "information package creation"
DIGITIZATION = "transfer"  # TT 05/2025 Điều 8 names the event so


class PackageKind(StrEnum):
    """The three packages of OAIS."""

    SIP = "sip"
    AIP = "aip"
    DIP = "dip"


class RecordStatus(StrEnum):
    """``RECORDSTATUS`` of the circular."""

    NEW = "NEW"
    SUPPLEMENT = "SUPPLEMENT"
    REPLACEMENT = "REPLACEMENT"


class DocumentKind(StrEnum):
    """Which descriptive form a document takes: EAD_doc, EAD_pic or EAD_media."""

    TEXT = "text"
    PICTURE = "picture"
    MEDIA = "media"


class FileRole(StrEnum):
    """What a file is to its document; in METS ``file/@USE``."""

    ORIGINAL = "original"  # as received
    PAGE = "page"  # the image of one side of a sheet
    PRESERVATION = "preservation"  # made by us to be kept, such as the PDF/A of a scan
    ACCESS = "access"  # a twin for reading, such as the searchable copy of a signed PDF
    TEXT = "text"  # recognised text
    PROCESS = "process"  # how the document was handled: received beside it, no part of it


@dataclass(frozen=True, slots=True)
class FileSignature:
    """One digital signature found in a file, as PREMIS tells it.

    ``value`` is base64; for a signature inside the file its digest or message imprint is enough.
    ``rules`` says how it is validated, ``properties`` what validation found.
    """

    signer: str
    method: str
    value: str
    rules: str
    properties: str = ""


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file under ``representations/rep1/data/``.

    ``path`` is relative to that folder, ASCII, with ``/`` between folders; ``derived_from`` are
    paths of other files of the package.
    """

    path: str
    sha256: str
    size_bytes: int
    media_type: str
    created_at: dt.datetime
    role: FileRole = FileRole.ORIGINAL
    puid: str = ""
    format_name: str = ""
    original_name: str = ""
    derived_from: Sequence[str] = ()
    signatures: Sequence[FileSignature] = ()
    supersedes: Sequence[str] = ()  # files that it takes the place of; they stay in the package
    superseded: bool = False  # or not yet what readers get: the sealed one stands
    turn_deg: int = 0  # clockwise turn that shows a page upright; its bytes stay as they came


@dataclass(frozen=True, slots=True)
class PackageLink:
    """A file that lies in another case file of the same fonds; told by a ``.fetch.txt``.

    ``path`` is where that package keeps it; ``document_id`` is the document's identifier.
    ``file`` is the file as that package tells it, and the codes are of the case file and the
    document there: PREMIS names them, the ``.fetch.txt`` does not.
    """

    name: str
    urn: str
    size_bytes: int
    path: str
    document_id: str
    file: PackageFile | None = None
    file_code: str = ""
    document_code: str = ""


@dataclass(frozen=True, slots=True)
class PackageDocument:
    """One document (tài liệu) of the case file, its data under the circular's names.

    ``name`` is the stem of its descriptive file and unique in the package. ISO dates in ``fields``
    are written in the form of the circular. ``sheet_fields`` are all that a sheet of ours
    says, the circular's and those that it does not know.
    """

    ordinal: int
    name: str
    fields: Mapping[str, str]
    files: Sequence[PackageFile] = ()
    kind: DocumentKind = DocumentKind.TEXT
    links: Sequence[PackageLink] = ()
    sheet_fields: Mapping[str, str] = field(default_factory=dict)
    relations: Sequence[tuple[str, str]] = ()  # what it is to another, and which that is

    def main_file(self) -> PackageFile | None:
        """What a reader opens first: the original, else what stands for it."""
        order = (FileRole.ORIGINAL, FileRole.PRESERVATION, FileRole.ACCESS, FileRole.PAGE)
        for role in order:
            for file in self.files:
                if file.role is role and not file.superseded:
                    return file
        return self.files[0] if self.files else None


@dataclass(frozen=True, slots=True)
class PremisEvent:
    """One act on the package's content: a check and what it found, a conversion, a transfer.

    ``agent`` is a name, empty for this software; ``sources`` and ``outcomes`` are paths of files
    of the package, or identifiers from outside it.
    """

    type: str
    at: dt.datetime
    detail: str = ""
    outcome: str = "success"
    outcome_note: str = ""
    agent: str = ""
    agent_type: str = "software"
    sources: Sequence[str] = ()
    outcomes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package before it is written. The same ``Package`` always gives the same bytes.

    ``fields`` of a SIP or AIP describe the case file, those of a DIP the request for access.
    ``files`` belong to the case file and to none of its documents; ``documentation`` came beside
    them and tells of them, its paths relative to that folder. ``catalogue`` is the whole
    catalogue record as JSON: it carries what the circular's fields cannot.
    """

    ocfl_id: str  # urn:uuid:{UUID}, upper case
    kind: PackageKind
    archive_code: str
    archive_name: str
    agency_code: str
    agency_name: str
    fonds_code: str
    software_version: str
    created_at: dt.datetime
    label: str
    fields: Mapping[str, str]
    documents: Sequence[PackageDocument]
    sheet_fields: Mapping[str, str] = field(default_factory=dict)  # as those of a document
    creator: str = ""  # who kept the case file while it was open; the circular has no field for it
    record_status: RecordStatus = RecordStatus.NEW
    events: Sequence[PremisEvent] = ()
    files: Sequence[PackageFile] = ()
    documentation: Sequence[PackageFile] = ()
    catalogue: bytes | None = None
    fonds: Mapping[str, str] = field(default_factory=dict)  # its data when this was built
    own: bytes | None = None  # fields of the agency's own, JSON
    further: bytes | None = None  # of a SIP: what its other files cannot say, JSON
    verdict: bytes | None = None  # of the checks at acceptance, JSON
    submission_agreement: str = field(default="")
    loose: bool = False  # documents without their case file (gói tài liệu, Phụ lục IV)

    @property
    def uuid(self) -> str:
        """The upper-case UUID inside ``ocfl_id``."""
        return self.ocfl_id.rpartition(":")[2].upper()

    @property
    def objid(self) -> str:
        """``OBJID`` of the root METS, in the form the circular gives this kind."""
        urn = self.kind is PackageKind.AIP
        return f"urn:uuid:{self.uuid}" if urn else f"uuid-{self.uuid}"

    @property
    def folder_name(self) -> str:
        """Name of the package's folder: ``OBJID`` with ``_`` for ``:``."""
        return self.objid.replace(":", "_")

    def iter_files(self) -> Iterator[PackageFile]:
        """Every file of ``data/``: the case file's own, then those of each document."""
        yield from self.files
        for document in self.documents:
            yield from document.files
