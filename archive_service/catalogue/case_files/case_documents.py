"""Documents of CASE with their files, and those of other case files that belong to it too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel

from archive_service import clock
from archive_service.catalogue.holdings.uses import is_reduced, mode_of
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.people.account import Actor


class FileDocument(BaseModel):
    """One file of a document."""

    id: str
    role: str
    name: str
    path: str
    page_image: bool
    standing: str
    media_type: str
    puid: str | None
    format_name: str | None
    size_bytes: int
    sha256: str
    pages: int | None
    version: int
    superseded_in: int | None  # the version in which a newer file took its place
    copy_of: str | None  # SHA-256 of the received PDF that it is a searchable copy of
    twin: str | None  # of a received PDF: its searchable copy is wanted, or refused
    recording: dict[str, Any] | None  # of sound or film: duration_s, bit_rate_kbps, codecs, …

    @classmethod
    def of(cls, row: DigitalObject) -> "FileDocument":
        """The document of a row."""
        return cls(
            id=str(row.id),
            role=row.role.value,
            name=row.name,
            path=row.path,
            page_image=row.page_image,
            standing=row.standing,
            media_type=row.media_type,
            puid=row.puid,
            format_name=row.format_name,
            size_bytes=row.size_bytes,
            sha256=row.sha256,
            pages=row.pages,
            version=row.version_added,
            superseded_in=row.superseded_in,
            copy_of=row.making.get("source_sha256") if row.is_twin else None,
            twin=row.twin_state if row.twin_state in ("wanted", "refused") else None,
            recording=row.recording,
        )


class DocumentDocument(BaseModel):
    """One document of a case file."""

    id: str
    ordinal: int
    kind: str
    title: str
    number: str | None
    symbol: str | None
    date: str | None
    type: str | None
    organ_name: str | None
    signer: str | None
    mode: str
    confidence_level: str | None
    standing: str | None
    pages: int
    files: list[FileDocument]
    signatures: list[dict[str, Any]]
    relations: list[dict[str, str]]
    quarantined: bool
    recalled_at: str | None  # since when its issuer took it back
    no_image: dict[str, str] | None  # {place, reason} of what cannot be scanned
    moved_to: dict[str, Any] | None  # {code, ordinal, at} where it is now
    moved_from: dict[str, Any] | None  # {code, ordinal, at} where it was
    also_in: list[dict[str, Any]] = []  # {code, ordinal} of the case files it is linked into
    own_fields: dict[str, str] = {}  # of the agency's own, by name
    type_original: str | None = None  # as it is written, where ``type`` is what it was mapped to
    replaced_in: int | None = None  # the version since which another document stands for it
    replaced_by: dict[str, Any] | None = None  # {ordinal, title} of that one in this case file

    @classmethod
    def of(
        cls, row: Document, *, reduced: bool, links: Sequence[DocumentLink] = (), **more: Any
    ) -> Self:
        """The document of a row; ``reduced`` for an account that may not read its content."""
        own: dict[str, Any] = {
            "id": str(row.id),
            "ordinal": row.ordinal,
            "kind": row.kind,
            "title": row.subject,
            "number": row.code_number,
            "symbol": row.code_notation,
            "date": row.issued_date,
            "type": row.type_name,
            "organ_name": row.organ_name,
            "signer": row.signer,
            "mode": row.mode,
            "confidence_level": row.confidence_level,
            "standing": row.standing,
            "pages": row.number_of_page,
            "files": [] if reduced else [FileDocument.of(file) for file in row.files],
            "signatures": [] if reduced else row.signatures,
            "relations": [
                {"relation": relation.relation, "target": relation.target}
                for relation in row.relations
            ],
            "quarantined": row.quarantined,
            "recalled_at": None if row.recalled_at is None else clock.iso(row.recalled_at),
            "no_image": {"place": row.no_image_place or "", "reason": row.no_image_reason}
            if row.no_image_reason
            else None,
            "own_fields": {} if reduced else dict(row.own_fields or {}),
            "type_original": row.type_name_original,
            "replaced_in": row.replaced_in,
            "moved_to": _move(row.moved_to),
            "moved_from": _move(row.moved_from),
            "also_in": [
                {"code": link.case_file.code, "ordinal": link.ordinal}
                for link in links
                if link.stands and link.document_id == row.id
            ],
        }
        return cls(**(own | more))


class LinkedDocument(DocumentDocument):
    """A document that another case file keeps, in its place in this one: its data from there."""

    kept_in: dict[str, Any]  # {code, ordinal} where it lies
    held: bool  # a hold is in force there
    replaced: bool  # another document stands in its place there
    linked: dict[str, str]  # {reason, by, at}

    @classmethod
    def of_link(cls, row: CaseFile, link: DocumentLink, *, actor: Actor) -> Self | None:
        """The document of a link; nothing where what it leads to is not held any more."""
        source, document = link.source, link.document
        if source is None or document is None:
            return None
        return cls.of(
            document,
            reduced=is_reduced(actor, source, document, through=row),
            ordinal=link.ordinal,
            mode=mode_of(source, document, row),
            kept_in={"code": source.code, "ordinal": document.ordinal},
            held=any(hold.lifted_at is None for hold in source.holds),
            replaced=document.replaced_in is not None,
            linked={"reason": link.reason, "by": link.linked_by, "at": clock.iso(link.linked_at)},
        )


def replacements(row: CaseFile) -> dict[UUID, dict[str, Any]]:
    """Documents that others of the case file replace: their id → {ordinal, title} of the newer."""
    return {
        relation.target_id: {"ordinal": document.ordinal, "title": document.subject}
        for document in row.documents
        for relation in document.relations
        if relation.relation == "replaces" and relation.target_id is not None
    }


@dataclass(frozen=True, slots=True)
class Line:
    """The place of a document in the whole list, and its sheets if it counts among them."""

    id: UUID
    ordinal: int
    sheets: int


def lines_of(row: CaseFile) -> list[Line]:
    """Its documents and those of other case files that belong to it, in their order."""
    own = [Line(document.id, document.ordinal, _sheets(document)) for document in row.documents]
    linked = [
        Line(link.document.id, link.ordinal, 0)
        for link in row.standing_links
        if link.source and link.document
    ]
    return sorted([*own, *linked], key=lambda document: document.ordinal)


def _sheets(row: Document) -> int:
    counts = row.replaced_in is None and row.moved_to is None
    return row.number_of_page if counts else 0


def uncounted(row: CaseFile) -> dict[str, int]:
    """How many rows of the whole stand beside those that ``document_count`` counts, and why."""
    replaced = [document for document in row.documents if document.replaced_in is not None]
    moved = [
        document
        for document in row.documents
        if document.replaced_in is None and document.moved_to is not None
    ]
    linked = [
        standing_link
        for standing_link in row.standing_links
        if standing_link.source and standing_link.document
    ]
    return {"replaced": len(replaced), "moved": len(moved), "linked": len(linked)}


def _move(facts: dict[str, Any] | None) -> dict[str, Any] | None:
    return facts and {name: facts[name] for name in ("code", "ordinal", "at")}
