"""From rows to the next version of a package, built once in staging."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive_service import clock, messages
from archive_service.domain.agency import Agency
from archive_service.domain.case_file import CaseFile
from archive_service.domain.document import DigitalObject, Document, FileRole
from archive_service.domain.finding import FindingRow
from archive_service.domain.fonds import Fonds
from archive_service.domain.submission import Submission, SubmissionFile
from archive_service.packaging.catalogue import catalogue_bytes
from archive_service.packaging.descriptive import PREFIX, field_names
from archive_service.packaging.model import (
    CREATION,
    DIGITIZATION,
    DocumentKind,
    FileSignature,
    Package,
    PackageDocument,
    PackageFile,
    PackageKind,
    PremisEvent,
)
from archive_service.packaging.model import FileRole as PackageRole
from archive_service.packaging.tree import metadata_files, package_tree
from archive_service.storage.ocfl import Inventory, next_inventory
from archive_service.storage.staging import Staging
from archive_service.text import fold

_UNSAFE = re.compile(r"[^a-z0-9]+")
_KINDS = {
    "document": DocumentKind.TEXT,
    "picture": DocumentKind.PICTURE,
    "media": DocumentKind.MEDIA,
}
# Which PREMIS event a check is; others are plain validations (LoC vocabulary eventType).
_CHECKS = {
    "malware": "virus check",
    "checksums": "fixity check",
    "formats": "format identification",
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
    submission: Submission,
    *,
    owner: tuple[Agency, Fonds],
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
    package = package_of(case_file, submission, owner, keeper, extra_files)
    metadata = metadata_files(package)
    state = package_tree(package, metadata)
    inventory = next_inventory(
        previous,
        ocfl_id=case_file.ocfl_id,
        state=state,
        created=now,
        message=message,
        user=case_file.accepted_by,
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


def package_of(
    case_file: CaseFile,
    submission: Submission,
    owner: tuple[Agency, Fonds],
    keeper: Keeper,
    extra_files: Sequence[PackageFile] = (),
    *,
    kind: PackageKind = PackageKind.AIP,
) -> Package:
    """The package that the rows describe; the catalogue record stays in the archive's own."""
    agency, fonds = owner
    return Package(
        ocfl_id=case_file.ocfl_id,
        kind=kind,
        archive_code=keeper.archive_code,
        archive_name=keeper.archive_name,
        agency_code=case_file.agency_code,
        agency_name=agency.name,
        fonds_code=fonds.code,
        software_version=keeper.software_version,
        created_at=case_file.accepted_at,
        label=case_file.title,
        fields=_fields(case_file, "EAD", kind, {"fileCode": case_file.code}),
        documents=[_document(case_file, document, kind) for document in case_file.documents],
        events=_events(case_file, submission),
        files=list(extra_files),
        documentation=[
            _beside(number, file, submission)
            for number, file in enumerate(submission.unnamed_files(), start=1)
        ],
        catalogue=catalogue_bytes(case_file, submission) if kind is PackageKind.AIP else None,
    )


def _beside(number: int, file: SubmissionFile, submission: Submission) -> PackageFile:
    """The sheet as it came, under a name that every store takes."""
    stem, _, suffix = file.path.rpartition("/")[2].rpartition(".")
    safe = _UNSAFE.sub("-", fold(stem)).strip("-")[:60] or "tep"
    return PackageFile(
        path=f"{number:04d}-{safe}.{_UNSAFE.sub('', fold(suffix))[:8]}",
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


def _document(case_file: CaseFile, document: Document, kind: PackageKind) -> PackageDocument:
    form = PREFIX[_KINDS[document.kind]]
    derived = {
        "arcFileCode": case_file.arc_file_code,
        "arcDocCode": f"{case_file.arc_file_code}.{document.ordinal:07}",
        "docOrdinal": str(document.ordinal),
    }
    if kind is PackageKind.DIP:  # elsewhere it is read from beside the document
        derived["maintenance"] = document.maintenance or case_file.maintenance
    fields: dict[str, str] = {}
    for part in (document.picture, document.recording, document):
        if part is not None:
            fields |= _fields(part, form, kind, derived)
    return PackageDocument(
        ordinal=document.ordinal,
        name=f"{document.ordinal:04d}",
        fields=fields,
        files=[_file(document, item) for item in document.files],
        kind=_KINDS[document.kind],
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
        role=PackageRole.PAGE if item.page_image else PackageRole(item.role.value),
        puid=item.puid or "",
        format_name=item.format_name or "",
        original_name=item.name,
        derived_from=tuple(item.derived_from),
        signatures=[_signature(row) for row in signatures],
        supersedes=tuple((item.making or {}).get("supersedes", ())),
        superseded=item.superseded_in is not None or item is document.copy_to_reseal(),
        turn_deg=item.turn_deg,
    )


def _signature(row: dict[str, Any]) -> FileSignature:
    found = "; ".join(
        f"{name}={row[name]}" for name in ("intact", "valid", "trusted") if name in row
    )
    return FileSignature(
        signer=str(row.get("signer") or ""),
        method=str(row.get("algorithm") or ""),
        value=str(row.get("value") or ""),
        rules="ETSI EN 319 102-1; PAdES",
        properties=f"{found}; signed_at={row.get('signed_at')}",
    )


def _events(case_file: CaseFile, submission: Submission) -> list[PremisEvent]:
    """What was done to the content: received, checked with each finding, accepted, digitized."""
    checked_at = submission.checked_at or case_file.accepted_at
    worst = submission.worst or "success"
    events = [
        PremisEvent(
            "ingestion",
            submission.received_at,
            submission.source,
            agent=submission.submitted_by,
            agent_type="person",
        ),
        PremisEvent("validation", checked_at, messages.text("packages.checked"), outcome=worst),
    ]
    paths = {item.name: item.path for document in case_file.documents for item in document.files}
    events += [_finding_event(row, checked_at, paths) for row in submission.findings]
    events.append(
        PremisEvent(
            CREATION,
            case_file.accepted_at,
            agent=case_file.accepted_by,
            agent_type="person",
            sources=("SIP",),
        )
    )
    for document in case_file.documents:
        for item in document.files:
            if item.migration:
                events.append(_migration_event(item))
            elif item.making:
                events += _making_events(item)
            elif item.role is FileRole.PRESERVATION and item.derived_from:
                events.append(
                    PremisEvent(
                        DIGITIZATION,
                        item.created_at,
                        messages.text("packages.digitized"),
                        sources=tuple(item.derived_from),
                        outcomes=(item.path,),
                    )
                )
    return events


def _migration_event(item: DigitalObject) -> PremisEvent:
    """How it came to be, with what, and who looked at it; the original is its source."""
    return PremisEvent(
        "migration",
        item.created_at,
        str(item.migration["detail"]),
        outcome_note=str(item.migration["note"]),
        agent=str(item.migration["tool"]),
        sources=tuple(item.derived_from),
        outcomes=(item.path,),
    )


def _making_events(item: DigitalObject) -> list[PremisEvent]:
    """A searchable twin, a text read again, a sealed copy: told once, by the first of its files."""
    if "outcomes" not in item.making:
        return []
    event = PremisEvent(
        str(item.making.get("event", "creation")),
        item.created_at,
        str(item.making["detail"]),
        outcome_note=str(item.making["note"]),
        agent=str(item.making["software"]),
        agent_type=str(item.making.get("agent_type", "software")),
        sources=tuple(item.derived_from),
        outcomes=tuple(item.making["outcomes"]),
    )
    return [event]


def _finding_event(row: FindingRow, at: dt.datetime, paths: dict[str, str]) -> PremisEvent:
    said = messages.finding(row.code, "vi", row.facts)
    source = (paths[row.place],) if row.place in paths else ()
    return PremisEvent(
        _CHECKS.get(row.check, "validation"),
        at,
        f"{row.check}: {row.code}",
        outcome=row.severity.value,
        outcome_note=f"{row.place}: {said.message}" if row.place else said.message,
        sources=source,
    )
