"""Packages: SIP of TT 05/2025 and any E-ARK CSIP 2.x SIP, known by the METS.xml at their root."""

import io
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.submission import DeclaredCaseFile
from archive_service.errors import InputError
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.settings import LimitSettings
from archive_service.storage.durable import our_errors
from ingest.channels.bag import LINKED
from ingest.channels.eark.custody import custody_of, take_record
from ingest.channels.eark.documents import PackedDocument, bare_documents, linked_files, moment_of
from ingest.channels.eark.rows import (
    CHECK,
    DescribedRow,
    all_findings,
    case_file_row,
    choose,
    document_row,
    note_source,
    stem_of,
)
from ingest.channels.eark.xml import PackedFile, ReadPackage, read_package_here
from ingest.channels.measured import Measured
from ingest.channels.names import wrapping_folder
from ingest.channels.parcel import (
    Declaration,
    Entry,
    FileTooLargeError,
    PackagesSeveralError,
    Parcel,
    Sending,
    Together,
)

_SMALL_BYTES = 1 << 20  # of metadata that is held in memory until the package is staged
METADATA_BYTES = 128 << 20  # of one metadata file: METS of 2,000 documents has 8 MB
_METADATA = re.compile(
    r"mets\.xml|(representations/[^/]+/)?(mets\.xml|metadata/.*)|.*\.fetch\.txt", re.IGNORECASE
)
_INSIDE = re.compile(r"representations/[^/]+/(data|metadata)/", re.IGNORECASE)
_STATUSES = ("NEW", "SUPPLEMENT", "REPLACEMENT")
_DOCUMENT_CODE = re.compile(r"(?P<code>.+)\.\d{7}")
POINTS_OUTSIDE = "package-points-outside"
_TOLD = 200  # findings of one kind, one by one


class PackageWithoutMetsError(InputError):
    """It is laid out as a package, and the METS.xml that says what is in it did not come."""


class PackageUnreadableError(InputError):
    """Its metadata cannot be read within the limits."""


def as_package(parcel: Parcel, limits: LimitSettings, *, historical: bool = False) -> Parcel:
    """The parcel as what its METS declares; unchanged where it is no package.

    Args:
        parcel: as it was opened.
        limits: of what its metadata may be.
        historical: whether this archive is one: it takes AIPs too, with all that was made of what
            they received (TT 05/2025, Điều 8 khoản 3), and keeps from whom a package came.

    Raises:
        PackagesSeveralError, PackageWithoutMetsError: it is clear that a package was meant.
        PackageDoctypeError, PackageMetsUnreadableError, PackageUnreadableError.
        FileTooLargeError: a metadata file is larger than any should be.
    """
    if parcel.declaration is not None:
        return parcel
    prefix = _root(parcel)
    if prefix is None:
        return parcel
    apart = {entry.path: entry for entry in parcel.entries if _stands_apart(entry, parcel)}
    entries = {
        entry.path.removeprefix(prefix): replace(entry, path=entry.path.removeprefix(prefix))
        for entry in parcel.entries
        if entry.path not in apart
    }
    read, small = _read(entries, limits)
    entries |= {
        path: replace(entries[path], open=partial(io.BytesIO, small[path])) for path in small
    }
    package = _DeclaredPackage(read, entries, historical, apart)
    declaration = package.declaration()
    measured = Measured(read.fixities, package.trusted)
    outer = parcel.measured
    return replace(
        parcel,
        channel=package.channel if parcel.channel in ("zip", "folder", "bag") else parcel.channel,
        source=parcel.source if not prefix else prefix.rstrip("/"),
        entries=tuple(measured.watched(entry) for entry in (*entries.values(), *apart.values())),
        findings=(*parcel.findings, *package.findings),
        declaration=declaration,
        sending=package.sending(),
        beside=parcel.beside | frozenset(package.beside),
        measured=measured if outer is None else Together(measured, outer, prefix),
    )


def _stands_apart(entry: Entry, parcel: Parcel) -> bool:
    """Whether it is no file of the package: what a bag says of itself, or has of other packages."""
    return entry.path in parcel.beside or (bool(parcel.beside) and entry.path.startswith(LINKED))


def _root(parcel: Parcel) -> str | None:
    """What stands before the paths of the package, nothing or one folder; ``None``: it is none."""
    paths = [entry.path for entry in parcel.entries if not _stands_apart(entry, parcel)]
    folded = {path.casefold() for path in paths}
    if "mets.xml" in folded:
        return ""
    tops = {
        path.partition("/")[0]
        for path in paths
        if path.count("/") == 1 and path.casefold().endswith("/mets.xml")
    }
    if len(tops) > 1:
        raise PackagesSeveralError(count=len(tops), names=sorted(tops)[:5])
    prefix = wrapping_folder(paths)
    if tops and prefix:
        return prefix
    sheet = any("/" not in path and path.casefold().endswith(".xlsx") for path in paths)
    inside = [path.removeprefix(prefix) for path in paths]
    if not sheet and any(_INSIDE.match(path) for path in inside):
        raise PackageWithoutMetsError(source=parcel.source)
    packages = _packages(paths)
    if not sheet and (tops or len(packages) > 1):
        raise PackagesSeveralError(count=len(packages), names=sorted(packages)[:5])
    return None


def _packages(paths: Iterable[str]) -> set[str]:
    """Folders with a METS of their own, however deep, but for those within another package."""
    folders = {path.rpartition("/")[0] for path in paths if path.casefold().endswith("/mets.xml")}
    return {
        folder
        for folder in folders
        if not any(str(above) in folders for above in PurePosixPath(folder).parents)
    }


def _read(
    entries: Mapping[str, Entry], limits: LimitSettings
) -> tuple[ReadPackage, dict[str, bytes]]:
    """All metadata read by a child, under limits of time and memory.

    What is small, as it mostly is, was read once and is given back: what the package says and what
    is kept of it are the same bytes. The rest is laid down for the child.
    """
    small: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory(prefix="package-") as name:
        folder, room = Path(name), _SMALL_BYTES
        laid: dict[str, str] = {}
        for number, (path, entry) in enumerate(entries.items()):
            if not _METADATA.fullmatch(path):
                continue
            if entry.size_bytes > METADATA_BYTES:
                raise FileTooLargeError(name=path, limit=METADATA_BYTES)
            with our_errors("", folder), entry.open() as source:
                data = source.read(room + 1)
                if len(data) <= room:
                    small[path], room = data, room - len(data)
                    continue
                laid[path] = f"{number}"
                with (folder / laid[path]).open("wb") as out:
                    out.write(data)
                    shutil.copyfileobj(source, out, 1 << 20)
        read = run_limited(
            read_package_here,
            folder,
            small | laid,
            tuple(entries),
            limit_s=limits.parser_s,
            memory_mib=limits.parser_mib,
        )
    if isinstance(read, ParserFailure):
        raise PackageUnreadableError(reason=read.reason.value, detail=read.detail[:200])
    return read, small


@dataclass(slots=True)
class _DeclaredPackage:
    """What a package says as a declaration; ``trusted`` are digests that the checks compare."""

    read: ReadPackage
    entries: Mapping[str, Entry]
    historical: bool
    apart: Mapping[str, Entry]
    findings: list[Finding] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    trusted: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)  # files of documents that are elsewhere by now
    is_draft: bool = False
    status: str = "NEW"

    @property
    def channel(self) -> str:
        """Which kind of package it is taken as."""
        return "aip" if self._is_aip else "sip"

    @property
    def _is_aip(self) -> bool:
        return self.historical and self.read.kind.strip().upper() == "AIP"

    def declaration(self) -> Declaration:
        """The one case file of the package, its documents in the order of METS."""
        case_file = case_file_row(self.read)
        self._tell_structure()
        documents = self._documents()
        found, self.left = take_record(self.read, case_file, documents, as_aip=self._is_aip)
        self.findings += found
        self.status = self.read.status.strip().upper() or "NEW"
        if self.status not in _STATUSES:
            self._tell("package-status-unknown", Severity.WARNING, "METS.xml", status=self.status)
            self.status = "NEW"
        if self._is_loose():
            self._loose(case_file, documents)
        code = case_file.row.fields.get("fileCode", "")
        for document in documents:
            if code:
                document.described.row.fields["fileCode"] = code
        self._keep_beside(documents)
        rows = [case_file, *(document.described for document in documents)]
        declared = DeclaredCaseFile(
            row=1,
            fields=case_file.row.fields,
            documents=[
                document.declared(self.read, with_made=self._is_aip) for document in documents
            ],
            origin=case_file.origin,
            custody=custody_of(self.read) if self.historical else {},
        )
        files = [file for document in declared.documents for file in document.files]
        self.trusted = {file.path for file in files if file.sha256 is not None}
        return Declaration((declared,), tuple(all_findings(rows)))

    def sending(self) -> Sending:
        """OBJID, CREATEDATE and RECORDSTATUS."""
        return Sending(
            package_id=self.read.objid.strip()[:200],
            sent_at=moment_of(self.read.created),
            record_status=self.status,
            is_draft=self.is_draft,
        )

    def _tell(self, kind: str, severity: Severity, place: str, /, **facts: object) -> None:
        self.findings.append(Finding(CHECK, kind, severity, place[:900], facts))

    def _tell_structure(self) -> None:
        read = self.read
        if not read.objid.strip():
            self._tell("package-id-missing", Severity.WARNING, "METS.xml")
        if read.outside:
            first, mets = read.outside[0]
            facts = {"name": first[:300], "count": len(read.outside)}
            self._tell(POINTS_OUTSIDE, Severity.ERROR, mets, **facts)
        for href, mets in read.absent[:_TOLD]:
            self._tell("package-file-absent", Severity.ERROR, mets, name=href)
        if len(read.absent) > _TOLD:
            more = len(read.absent) - _TOLD
            self._tell("package-files-absent", Severity.ERROR, "METS.xml", count=more)
        for path, line in read.unreadable:
            self._tell("package-xml-damaged", Severity.ERROR, path, line=line)
        for path in read.not_read:
            self._tell("package-record-not-read", Severity.WARNING, path)
        for folder in read.bare:
            self._tell("package-representation-bare", Severity.ERROR, folder)
        unlisted = [path for path in self.entries if path not in read.listed]
        for path in unlisted[:_TOLD]:
            self._tell("package-file-unlisted", Severity.WARNING, path)
        if len(unlisted) > _TOLD:
            more = len(unlisted) - _TOLD
            self._tell("package-files-unlisted", Severity.WARNING, "METS.xml", count=more)
        uncompared = [fixity for fixity in read.fixities if not fixity.algorithm]
        if uncompared:
            self._tell(
                "package-digests-absent",
                Severity.WARNING,
                "METS.xml",
                count=len(uncompared),
                first=uncompared[0].path[:300],
            )
        if read.kind and read.kind.strip().upper() not in ("SIP", self.channel.upper()):
            self._tell("package-not-sip", Severity.WARNING, "METS.xml", kind=read.kind[:40])

    def _documents(self) -> list[PackedDocument]:
        """Described ones with their files; where nothing describes any, each file is one."""
        read = self.read
        described = [each for each in read.documents if each.form]
        if not described:
            return bare_documents(read.files)
        documents = [
            PackedDocument(document_row(number, each), each)
            for number, each in enumerate(described, start=1)
        ]
        by_section = {
            document.described_by.section: document
            for document in documents
            if document.described_by
        }
        by_stem = {
            stem_of(document.described_by.name): document
            for document in documents
            if document.described_by
        }
        loose: list[PackedFile] = []
        for file in read.files:
            name = PurePosixPath(file.path)
            owner = by_section.get(file.section) if file.section else None
            owner = owner or by_stem.get(name.stem.casefold())
            owner = owner or by_stem.get(name.name.casefold())
            if owner is None:
                loose.append(file)
            else:
                owner.files.append(file)
        empty = [document for document in documents if not document.files]
        if loose and len(loose) == len(empty) == len(documents):
            for document, file in zip(
                documents, loose, strict=True
            ):  # nothing links them: by order
                document.files.append(file)
            loose = []
        for file in loose[:_TOLD]:
            self._tell("package-file-of-no-document", Severity.WARNING, file.path)
        for path, section, entry in read.links:
            self._link(by_section.get(section), path, entry)
        return documents

    def _link(self, document: PackedDocument | None, path: str, text: str) -> None:
        """A ``.fetch.txt``: of a SIP it holds the identifier of a document in custody alone."""
        identifier = text.rsplit(maxsplit=1)[-1] if text.split() else ""
        if document is None or not identifier:
            self._tell("package-link-empty", Severity.WARNING, path)
            return
        document.files += linked_files(text, self.apart)
        fields = document.described.row.fields
        if "relatesTo" not in fields:
            fields |= {"relatesTo": identifier[:300], "relation": "reference"}

    def _is_loose(self) -> bool:
        """Whether it is SIP_tailieu: loose documents, under a code of the package alone."""
        chosen = choose(self.read.described)
        names = {name.casefold() for name, _ in chosen.fields} if chosen else set()
        flat = chosen is not None and chosen.form == "flat"
        described = "source" in names and "startdate" not in names
        return flat and (described or self.read.type.strip().casefold() == "collection")

    def _loose(self, case_file: DescribedRow, documents: list[PackedDocument]) -> None:
        """Into the case file that the codes of the documents name; else an officer says where."""
        package_code = case_file.row.fields.pop("fileCode", "")
        note_source([document.described.row for document in documents], self.read)
        matches = (
            _DOCUMENT_CODE.fullmatch(packed.described.row.fields.get("docCode", ""))
            for packed in documents
        )
        named = {match["code"] if match else "" for match in matches} - {package_code}
        if len(named) == 1 and (code := next(iter(named))):
            case_file.row.fields["fileCode"] = code
            for name in ("title", "description", "totalDoc"):
                case_file.row.fields.pop(name, None)
            self.status = "REPLACEMENT" if self.status == "REPLACEMENT" else "SUPPLEMENT"
            self._tell("package-loose-named", Severity.INFO, case_file.origin, code=code)
            return
        self.is_draft = True
        self._tell("package-loose", Severity.INFO, case_file.origin, code=package_code)

    def _keep_beside(self, documents: list[PackedDocument]) -> None:
        """Everything listed that is no file of a document: METS, descriptions, schemas."""
        digests = {
            fixity.path: fixity.digest
            for fixity in self.read.fixities
            if fixity.algorithm == "sha256"
        }
        for document in documents:
            document.digests = {
                file.path: digests[file.path] for file in document.files if file.path in digests
            }
        taken = {file.path for document in documents for file in document.files} | self.left
        self.beside = [
            path for path in self.entries if path in self.read.listed and path not in taken
        ]
