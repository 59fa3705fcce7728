"""CASE of the contract."""

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from archive_service import access, clock
from archive_service.catalogue.digitization import digitization_now
from archive_service.domain.account import Actor
from archive_service.domain.case_file import CaseFile
from archive_service.domain.document import DigitalObject, Document
from archive_service.domain.paper import PaperPart
from archive_service.reading.uses import is_reduced
from archive_service.schemas.hold import HoldDocument, holds_of
from archive_service.schemas.paper import PlacedPartDocument
from archive_service.schemas.submission import ReceiptDocument, receipt_of


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
    no_image: dict[str, str] | None  # {place, reason} of what cannot be scanned

    @classmethod
    def of(cls, row: Document, *, reduced: bool) -> "DocumentDocument":
        """The document of a row; ``reduced`` for an account that may not read its content."""
        return cls(
            id=str(row.id),
            ordinal=row.ordinal,
            kind=row.kind,
            title=row.subject,
            number=row.code_number,
            symbol=row.code_notation,
            date=row.issued_date,
            type=row.type_name,
            organ_name=row.organ_name,
            signer=row.signer,
            mode=row.mode,
            confidence_level=row.confidence_level,
            standing=row.standing,
            pages=row.number_of_page,
            files=[] if reduced else [FileDocument.of(file) for file in row.files],
            signatures=[] if reduced else row.signatures,
            relations=[
                {"relation": relation.relation, "target": relation.target}
                for relation in row.relations
            ],
            quarantined=row.quarantined,
            no_image={"place": row.no_image_place or "", "reason": row.no_image_reason}
            if row.no_image_reason
            else None,
        )


class RetentionDocument(BaseModel):
    """The term and whose rule it is; days are local."""

    rule: str | None
    citation: str | None
    starts_on: dt.date | None
    ends_on: dt.date | None
    permanent: bool


class CopyDocument(BaseModel):
    """What one copy was last proved to hold; its name is ``copy`` in the document."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str = Field(alias="copy")
    state: str
    verified_at: str


class VersionDocument(BaseModel):
    """One version of the package."""

    number: int
    message: str
    built_by: str
    built_at: str
    files: int
    size_bytes: int
    inventory_sha256: str


class PackageDocument(BaseModel):
    """The OCFL object and where it lies."""

    ocfl_id: str
    version: int
    copies: list[CopyDocument]
    versions: list[VersionDocument]


class CaseSummary(BaseModel):
    """One case file in a list."""

    code: str
    title: str
    state: str
    digitization: str
    complete: bool  # false while its paper half is still to come
    indexed: bool
    agency: str
    year: int
    number: str
    symbol: str | None
    access: str
    retention: RetentionDocument
    holds: list[HoldDocument]  # those in force
    start_date: str
    end_date: str
    document_count: int
    page_count: int

    @classmethod
    def of(cls, row: CaseFile, *, actor: Actor, complete: bool) -> "CaseSummary":
        """The summary of a row."""
        return cls(**summary_fields(row, actor), complete=complete)


class ReserveDocument(BaseModel):
    """Chế độ dự phòng: whether it is asked for, and what the last look at the reserve proved."""

    required: bool
    status: str | None
    version: int


class PaperPartDocument(PlacedPartDocument):
    """As everybody who sees the case file sees it."""

    lent: bool

    @classmethod
    def of(cls, row: PaperPart) -> "PaperPartDocument":
        """The document of a row."""
        return cls(
            part=row.ordinal,
            sheets=row.sheets,
            box=row.box.code if row.box else None,
            place=row.place or None,
            handover=row.handover.number,
            received_at=clock.iso(row.received_at),
            lent=row.lent_to is not None,
            due_on=row.due_on.isoformat() if row.due_on else None,
        )


class PaperDocument(BaseModel):
    """The paper half; ``complete`` is false until it was counted and received."""

    state: str
    complete: bool
    sheets_declared: int | None
    sheets: int
    parts: list[PaperPartDocument]

    @classmethod
    def of(cls, row: CaseFile) -> "PaperDocument":
        """Of a case file."""
        return cls(
            state=row.paper_state.value,
            complete=row.is_complete,
            sheets_declared=row.number_of_paper,
            sheets=sum(part.sheets for part in row.papers),
            parts=[PaperPartDocument.of(part) for part in row.papers],
        )


class CaseDocument(CaseSummary):
    """A case file with its documents, files, copies and versions."""

    id: str
    arc_file_code: str
    fonds: str
    language: str
    keyword: str | None
    confidence_level: str | None
    paper_file_code: str | None
    creator: str | None
    description: str | None
    procedure_code: str | None
    dossier_number: str | None
    inventory_reference: str | None
    accepted_by: str
    accepted_at: str
    receipt: ReceiptDocument | None
    reserve: ReserveDocument
    paper: PaperDocument
    documents: list[DocumentDocument]
    package: PackageDocument

    @classmethod
    def whole(cls, row: CaseFile, *, fonds: str, actor: Actor) -> "CaseDocument":
        """The whole document of a row, as far as its use is open to the account.

        Of what is open on conditions an account that has not met them learns titles, days and
        numbers: no description, no files with their digests, no signatures.
        """
        reduced = not access.may_know_all(actor, row.mode)
        return cls(
            **summary_fields(row, actor) | {"digitization": digitization_now(row).value},
            complete=row.is_complete,
            id=str(row.id),
            arc_file_code=row.arc_file_code,
            fonds=fonds,
            language=row.language,
            keyword=None if reduced else row.keyword,
            confidence_level=row.confidence_level,
            paper_file_code=row.paper_file_code,
            creator=row.creator,
            description=None if reduced else row.description,
            procedure_code=row.procedure_code,
            dossier_number=row.dossier_number,
            inventory_reference=row.inventory_reference,
            accepted_by=row.accepted_by,
            accepted_at=clock.iso(row.accepted_at),
            receipt=receipt_of(row),
            reserve=ReserveDocument(
                required=row.is_for_reserve,
                status=row.reserve_status,
                version=row.version_reserved,
            ),
            paper=PaperDocument.of(row),
            documents=[
                DocumentDocument.of(document, reduced=is_reduced(actor, row, document))
                for document in row.documents
            ],
            package=_package(row),
        )


def summary_fields(row: CaseFile, actor: Actor) -> dict[str, Any]:
    """What a list and the whole document have in common."""
    return {
        "code": row.code,
        "title": row.title,
        "state": row.state.value,
        "digitization": row.digitization.value,
        "indexed": row.indexed,
        "agency": row.agency_code,
        "year": row.year,
        "number": row.number,
        "symbol": row.symbol,
        "access": row.mode,
        "retention": RetentionDocument(
            rule=row.rule_code,
            citation=row.rule.get("citation"),
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            permanent=row.permanent,
        ),
        "holds": holds_of(row, actor),
        "start_date": row.start_date,
        "end_date": row.end_date,
        "document_count": row.total_doc,
        "page_count": row.number_of_page,
    }


def _package(row: CaseFile) -> PackageDocument:
    return PackageDocument(
        ocfl_id=row.ocfl_id,
        version=row.version_stored,
        copies=[
            CopyDocument(
                copy=state.copy, state=state.state, verified_at=clock.iso(state.verified_at)
            )
            for state in row.copies
        ],
        versions=[
            VersionDocument(
                number=version.number,
                message=version.message,
                built_by=version.built_by,
                built_at=clock.iso(version.built_at),
                files=version.file_count,
                size_bytes=version.size_bytes,
                inventory_sha256=version.inventory_sha256,
            )
            for version in row.versions
        ],
    )
