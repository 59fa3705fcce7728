"""From rows to the next version of a package, built once in staging."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from archive_service import access, clock, messages
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document, FileRole
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.intake.submission import Submission, SubmissionFile
from archive_service.packaging.case_events import digitized_elsewhere, premis_events
from archive_service.packaging.catalogue import catalogue_bytes
from archive_service.packaging.descriptive import PREFIX, field_names
from archive_service.packaging.fonds_record import Owner, fonds_fields
from archive_service.packaging.further import further_bytes, sheet_fields
from archive_service.packaging.model import (
    DATA,
    DocumentKind,
    FileSignature,
    Package,
    PackageDocument,
    PackageFile,
    PackageKind,
    PackageLink,
)
from archive_service.packaging.model import FileRole as PackageRole
from archive_service.packaging.own_record import own_bytes
from archive_service.packaging.standing_notes import noted
from archive_service.packaging.tree import metadata_files, package_tree
from archive_service.packaging.verdict import evidence_files, verdict_bytes
from archive_service.storage.ocfl.root import Inventory, next_inventory
from archive_service.storage.staging import Staging
from archive_service.text import fold

_UNSAFE = re.compile(r"[^a-z0-9]+")
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,200}")
_LONGEST_NOTE = 500  # of description, by the circular
_KINDS = {
    "document": DocumentKind.TEXT,
    "picture": DocumentKind.PICTURE,
    "media": DocumentKind.MEDIA,
}


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps: the archive's identifier and name, and the version of this software."""

    archive_code: str
    archive_name: str
    software_version: str


@dataclass(frozen=True, slots=True)
class BuiltVersion:
    """A version that lies whole in staging; ``inventory`` fixes every byte of it."""

    inventory: Inventory
    staged: list[str]  # digests that a copy takes from staging
    file_count: int
    size_bytes: int


def build_version(
    case_file: CaseFile,
    submissions: Sequence[Submission],
    *,
    owner: Owner,
    keeper: Keeper,
    staging: Staging,
    previous: Inventory | None,
    message: str,
    extra_files: Sequence[PackageFile] = (),
) -> BuiltVersion:
    """Write the AIP's metadata and inventory of the next version into staging.

    The bytes of the documents are there already, under their digests. Two calls may differ in
    the moment they name; which one counts is settled when the inventory's digest is committed.
    """
    now = clock.now()
    package = package_of(case_file, submissions, owner, keeper, extra_files)
    metadata = metadata_files(package)
    state = package_tree(package, metadata)
    inventory = next_inventory(
        previous,
        ocfl_id=case_file.ocfl_id,
        state=state,
        created=now,
        message=message,
        user=accepted_by(case_file, submissions, case_file.version_wanted) or case_file.accepted_by,
        address=f"urn:archive:{keeper.archive_code}",
    )
    staging.receive_all([*metadata.values(), inventory.data])
    new = {digest for _, digest in inventory.content(inventory.version)}
    return BuiltVersion(
        inventory=inventory,
        staged=sorted(new | {inventory.sha256}),
        file_count=len(state),
        size_bytes=sum(content.size_bytes for content in state.values()),
    )


def accepted_by(case_file: CaseFile, submissions: Sequence[Submission], version: int) -> str:
    """Who accepted what this version took in; "" where it took in nothing from a sender."""
    if version == 1:
        return case_file.accepted_by
    came = (
        submission
        for submission in submissions
        if submission.is_addition and submission.version == version
    )
    return next((submission.decided_by or "" for submission in came), "")


def package_of(
    case_file: CaseFile,
    submissions: Sequence[Submission],
    owner: Owner,
    keeper: Keeper,
    extra_files: Sequence[PackageFile] = (),
    *,
    kind: PackageKind = PackageKind.AIP,
    resolved: bool = False,
    handed_over: bool = False,
) -> Package:
    """The package that the rows describe; the catalogue record stays in the archive's own.

    Of ``submissions`` the first became the case file, the others were added to it, in their order.
    A document of another case file is a link in an AIP; it is ``resolved``, its files among the
    others, in what goes out of the archive. There its link stays beside them, but for a DIP: who
    receives both case files can store the document once again. Of what is ``handed_over`` nothing
    is withheld: no byte is to stay behind that no archive keeps.
    """
    resolved = resolved or kind is not PackageKind.AIP
    return Package(
        ocfl_id=case_file.ocfl_id,
        kind=kind,
        archive_code=keeper.archive_code,
        archive_name=keeper.archive_name,
        agency_code=case_file.agency_code,
        agency_name=owner.agency.name,
        fonds_code=owner.fonds.code,
        fonds=fonds_fields(owner),
        own=own_bytes(case_file, owner.own_fields),
        further=_further(case_file, keeper) if kind is PackageKind.SIP else None,
        software_version=keeper.software_version,
        created_at=case_file.accepted_at,
        label=case_file.title,
        fields=_fields(case_file, "EAD", kind, {"fileCode": case_file.code}),
        sheet_fields={**sheet_fields("case-file", case_file), "fileCode": case_file.code},
        creator=case_file.creator or "",
        documents=_documents(case_file, kind, resolved=resolved, whole=handed_over),
        events=[
            *premis_events(case_file, submissions),
            *(digitized_elsewhere(case_file) if resolved else ()),
        ],
        files=list(extra_files),
        documentation=[*_documentation(submissions)]
        + (evidence_files(submissions) if kind is PackageKind.AIP else []),
        verdict=verdict_bytes(submissions) if kind is PackageKind.AIP else None,
        catalogue=catalogue_bytes(case_file, submissions) if kind is PackageKind.AIP else None,
    )


def _further(case_file: CaseFile, keeper: Keeper) -> bytes:
    code, name = keeper.archive_code, keeper.archive_name
    return further_bytes(case_file, archive_code=code, archive_name=name)


def _documents(
    case_file: CaseFile, kind: PackageKind, *, resolved: bool, whole: bool
) -> list[PackageDocument]:
    """Its own and those of other case files, by their ordinals."""
    own = [
        _document(case_file, document, kind, outgoing=resolved, whole=whole)
        for document in case_file.documents
        if kind is PackageKind.AIP or _is_part(document)
    ]
    linked = [
        _linked(case_file, link, kind, resolved=resolved, whole=whole)
        for link in case_file.standing_links
        if link.document and link.source
    ]
    return sorted([*own, *linked], key=lambda document: document.ordinal)


def _is_part(document: Document) -> bool:
    """Whether it is one of the case file now: nothing stands for it, and it is not elsewhere."""
    return document.replaced_in is None and document.moved_to is None


def _documentation(submissions: Sequence[Submission]) -> Iterator[PackageFile]:
    """What came beside the documents: a sheet; of a package from another archive all that it says.

    That is METS, PREMIS and descriptions as they were there, in their places below ``received/``.
    """
    number = packages = 0
    for submission in submissions:
        handed_over = bool(submission.declared.get("custody"))
        packages += handed_over
        folder = ("received/" if packages == 1 else f"received-{packages}/") if handed_over else ""
        for file in submission.unnamed_files():
            number += 1
            as_it_was = folder and _PLAIN.fullmatch(file.path)
            name = file.path if as_it_was else _plain_name(number, file.path)
            yield _beside(f"{folder}{name}", file, submission)


def _plain_name(number: int, path: str) -> str:
    """A name that every store takes."""
    stem, _, suffix = path.rpartition("/")[2].rpartition(".")
    safe = _UNSAFE.sub("-", fold(stem)).strip("-")[:60] or "tep"
    return f"{number:04d}-{safe}.{_UNSAFE.sub('', fold(suffix))[:8]}"


def _beside(path: str, file: SubmissionFile, submission: Submission) -> PackageFile:
    return PackageFile(
        path=path,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        media_type=file.media_type or "application/octet-stream",
        created_at=submission.received_at,
        puid=file.puid or "",
        format_name=file.format_name or "",
        original_name=file.path,
    )


def _fields(
    row: object, form: str, kind: PackageKind, derived: Mapping[str, str]
) -> dict[str, str]:
    """The fields of one descriptive form that have a value, under the circular's names."""
    fields: dict[str, str] = {}
    for name in field_names(kind, form):
        value = derived.get(name) or getattr(row, _column(name), None)
        if value is None or value == "":
            continue
        fields[name] = str(int(value)) if isinstance(value, bool) else str(value)
    return fields


def _column(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _document(
    case_file: CaseFile, document: Document, kind: PackageKind, *, outgoing: bool, whole: bool
) -> PackageDocument:
    """Of a recalled document the data alone go out; what became of it stands in its note.

    ``whole``: its content goes as well, to an archive that keeps it instead of this one.
    """
    form = PREFIX[_KINDS[document.kind]]
    derived = {
        "arcFileCode": case_file.arc_file_code,
        "arcDocCode": f"{case_file.arc_file_code}.{document.ordinal:07}",
        "docOrdinal": str(document.ordinal),
        "language": document.language or case_file.language,  # mandatory of each of them
    }
    if kind is PackageKind.DIP:  # elsewhere it is read from beside the document
        derived["maintenance"] = document.maintenance or case_file.maintenance
    fields: dict[str, str] = {}
    for part in (document.picture, document.recording, document):
        if part is not None:
            fields |= _fields(part, form, kind, derived)
    if outgoing and (note := noted(document, fields.get("description", ""), _LONGEST_NOTE)):
        fields["description"] = note
    withheld = outgoing and not whole and document.recalled_at is not None
    return PackageDocument(
        ordinal=document.ordinal,
        name=f"{document.ordinal:04d}",
        fields=fields,
        files=[] if withheld else [_file(document, item) for item in document.files],
        kind=_KINDS[document.kind],
        sheet_fields=sheet_fields(document.kind, document.picture, document.recording, document),
        relations=[(relation.relation, relation.target) for relation in document.relations],
    )


def _linked(
    case_file: CaseFile, link: DocumentLink, kind: PackageKind, *, resolved: bool, whole: bool
) -> PackageDocument:
    """A document that another case file keeps, in its place among those of this one."""
    source, document = link.source, link.document
    if source is None or document is None:
        raise ValueError(f"a link to nothing: {link.id}")
    there = _document(source, document, kind, outgoing=resolved, whole=whole)
    folder = f"linked-{link.ordinal:04d}"
    paths = {file.path: f"{folder}/{file.path.partition('/')[2]}" for file in there.files}
    note = messages.text("packages.kept_in", code=source.code, ordinal=document.ordinal)
    text = "; ".join(part for part in (note, there.fields.get("description")) if part)
    mode = access.stricter_mode(case_file.mode, source.mode)
    own = {
        "docOrdinal": str(link.ordinal),
        "mode": access.stricter_mode(mode, document.mode),
        "description": text[:_LONGEST_NOTE],
    }
    here = replace(
        there,
        ordinal=link.ordinal,
        name=f"{link.ordinal:04d}",
        fields=dict(there.fields) | own,
        files=[_with_paths(file, paths) for file in there.files] if resolved else (),
    )
    if kind is PackageKind.DIP:  # has no word for it (Phụ lục V)
        return here
    links = [
        PackageLink(
            name=paths[file.path],
            urn=source.ocfl_id,
            size_bytes=file.size_bytes,
            path=DATA + file.path,
            document_id=document.doc_id,
            file=file,
            file_code=source.code,
            document_code=document.doc_code,
        )
        for file in there.files
        if not file.superseded
    ]
    return replace(here, links=links)


def _with_paths(file: PackageFile, paths: Mapping[str, str]) -> PackageFile:
    """The file, and what it was made of, under the paths that they have here."""
    return replace(
        file,
        path=paths[file.path],
        derived_from=tuple(paths.get(source, source) for source in file.derived_from),
        supersedes=tuple(paths.get(supersede, supersede) for supersede in file.supersedes),
    )


def _file(document: Document, item: DigitalObject) -> PackageFile:
    signatures = [row for row in document.signatures if row.get("file") == item.name]
    if item.role is not FileRole.ORIGINAL:  # of the agency, on a copy that was made here
        signatures = [row for row in ((item.making or {}).get("signature"),) if row]
    return PackageFile(
        path=item.path,
        sha256=item.sha256,
        size_bytes=item.size_bytes,
        media_type=item.media_type,
        created_at=item.created_at,
        role=_role(item),
        puid=item.puid or "",
        format_name=item.format_name or "",
        original_name=item.name,
        derived_from=tuple(item.derived_from),
        signatures=[_signature(row) for row in signatures],
        supersedes=tuple((item.making or {}).get("supersedes", ())),
        superseded=item.superseded_in is not None or item is document.copy_to_reseal(),
        turn_deg=item.turn_deg,
    )


def _role(item: DigitalObject) -> PackageRole:
    """What a file is to its document, in the words of METS."""
    if item.page_image:
        return PackageRole.PAGE
    if item.standing == "process" and item.role is FileRole.ORIGINAL:
        return PackageRole.PROCESS
    return PackageRole(item.role.value)


def _signature(row: dict[str, Any]) -> FileSignature:
    found = "; ".join(
        f"{name}={row[name]}" for name in ("intact", "valid", "trusted") if name in row
    )
    if row.get("within"):
        found += f"; in={row['within']}"
    return FileSignature(
        signer=str(row.get("signer") or ""),
        method=str(row.get("algorithm") or ""),
        value=str(row.get("value") or ""),
        rules="ETSI EN 319 102-1; PAdES",
        properties=f"{found}; signed_at={row.get('signed_at')}",
    )
