"""CASE of the contract."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from archive_service import access, clock
from archive_service.catalogue.case_files.case_documents import (
    DocumentDocument,
    LinkedDocument,
    replacements,
    uncounted,
)
from archive_service.catalogue.holdings.electronic_record import ElectronicRecord, keeps_standing
from archive_service.catalogue.holdings.holds import HoldDocument, holds_of
from archive_service.catalogue.holdings.uses import is_reduced, scopes_of
from archive_service.db.handed_over import HandedOverDocument
from archive_service.document import Document as AnyDocument
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.case_standing import OVER, standing_of
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from digitize.paper.documents import PlacedPartDocument
from digitize.paper_progress import digitization_now
from ingest.acceptance.documents import ReceiptDocument, receipt_of
from retention.terms.rules import waits_for


class RetentionDocument(AnyDocument):
    """The term and whose rule it is; days are local."""

    rule: str | None
    citation: str | None
    starts_on: dt.date | None
    ends_on: dt.date | None
    permanent: bool
    waits_for: str | None  # the event that the term counts from, as long as it is to come


class CopyDocument(AnyDocument):
    """What one copy was last proved to hold; its name is ``copy`` in the document."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str = Field(alias="copy")
    state: str
    verified_at: str


class VersionDocument(AnyDocument):
    """One version of the package."""

    number: int
    message: str
    built_by: str
    built_at: str
    files: int
    size_bytes: int
    inventory_sha256: str


class PackageDocument(AnyDocument):
    """The OCFL object and where it lies."""

    ocfl_id: str
    version: int
    copies: list[CopyDocument]
    versions: list[VersionDocument]


class ElectronicRecordDocument(AnyDocument):
    """Hồ sơ lưu trữ điện tử: since when, and the tag of the event that gave the standing."""

    act: str
    since: str

    @classmethod
    def of(cls, standing: ElectronicRecord | None) -> "ElectronicRecordDocument | None":
        """``None`` where a case file has not that standing."""
        return None if standing is None else cls(act=standing.act, since=clock.iso(standing.since))


class CaseSummary(AnyDocument):
    """One case file in a list."""

    code: str
    title: str
    state: str
    standing: str  # state, or "destroying" from the gate's claim until it is a stub
    removing_since: str | None  # being destroyed since then; its copies may be gone already
    digitization: str
    complete: bool  # false while its paper half is still to come
    is_electronic_record: bool  # hồ sơ lưu trữ điện tử: in every copy, and complete
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
        return cls(**summary_fields(row, actor, complete=complete))


class ReserveDocument(AnyDocument):
    """Chế độ dự phòng: whether it is asked for, and what the last look at the reserve proved."""

    required: bool
    status: str | None
    version: int


class PaperPartDocument(PlacedPartDocument):
    """As everybody who sees the case file sees it."""

    lent: bool


class PaperDocument(AnyDocument):
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
            parts=[
                PaperPartDocument.of(part, lent=part.lent_to is not None) for part in row.papers
            ],
        )


class FormerCustodyDocument(AnyDocument):
    """The archive that kept it before, by the package that it came in, and its codes there."""

    archive: str
    archive_code: str
    arc_file_code: str
    fonds: str
    kind: str  # AIP, SIP
    package: str  # OBJID

    @classmethod
    def of(cls, facts: Mapping[str, str] | None) -> "FormerCustodyDocument | None":
        """As ``former_custody`` tells it."""
        if facts is None:
            return None
        names = {"archive_code": "archiveCode", "arc_file_code": "arcFileCode"}
        return cls(**{name: facts.get(names.get(name, name), "") for name in cls.model_fields})


class CaseDocument(CaseSummary):
    """A case file with its documents, files, copies and versions."""

    id: str
    electronic_record: ElectronicRecordDocument | None
    arc_file_code: str
    fonds: str
    language: str
    keyword: str | None
    maintenance: str  # as declared; ``retention`` is what holds
    term: int | None  # years, where that is none of the list
    format: str | None
    infor_sign: str | None
    confidence_level: str | None
    paper_file_code: str | None
    creator: str | None
    description: str | None
    own_fields: dict[str, str] = Field(default={})  # of the agency's own, by name
    procedure_code: str | None
    dossier_number: str | None
    dossier_result: str | None
    dossier_received_date: str | None
    dossier_due_date: str | None
    dossier_returned_date: str | None
    inventory_reference: str | None
    accepted_by: str
    accepted_at: str
    receipt: ReceiptDocument | None
    reserve: ReserveDocument
    paper: PaperDocument
    uncounted: dict[str, int]  # rows below that document_count leaves out: replaced, moved, linked
    documents: list[DocumentDocument]
    links: list[LinkedDocument]  # documents of other case files that belong to it too
    package: PackageDocument
    handed_over: HandedOverDocument | None = None  # of what another archive keeps
    former_custody: FormerCustodyDocument | None = None  # of what was taken over from another

    @classmethod
    def whole(
        cls,
        row: CaseFile,
        *,
        fonds: str,
        actor: Actor,
        record: ElectronicRecord | None,
        documents: Sequence[Document] | None = None,
        newer: Mapping[UUID, dict[str, Any]] | None = None,
        handed_over: HandedOverDocument | None = None,
        former_custody: Mapping[str, str] | None = None,
    ) -> "CaseDocument":
        """The whole document of a row, as far as its use is open to the account.

        Of what is open on conditions an account that has not met them learns titles, days and
        numbers: no description, no files with their digests, no signatures.

        Args:
            record: its standing, as ``electronic_record`` tells it.
            documents: those of a part of its list, where not all are to be told.
            newer: what took the place of which document, where that is known already.
            former_custody: as ``holdings.former_custody`` tells it.
        """
        reduced = not access.may_know_all(actor, row.mode, *scopes_of(row))
        newer = replacements(row) if newer is None else newer
        return cls(
            **summary_fields(row, actor, complete=row.is_complete)
            | {"digitization": digitization_now(row).value},
            id=str(row.id),
            electronic_record=ElectronicRecordDocument.of(record),
            arc_file_code=row.arc_file_code,
            fonds=fonds,
            **_described(row, reduced=reduced),
            accepted_by=row.accepted_by,
            accepted_at=clock.iso(row.accepted_at),
            receipt=receipt_of(row),
            reserve=ReserveDocument(
                required=row.is_for_reserve,
                status=row.reserve_status,
                version=row.version_reserved,
            ),
            paper=PaperDocument.of(row),
            uncounted=uncounted(row),
            documents=_documents(
                row, row.documents if documents is None else documents, actor, newer
            ),
            links=[
                document
                for link in row.standing_links
                if (document := LinkedDocument.of_link(row, link, actor=actor)) is not None
            ],
            package=_package(row),
            handed_over=handed_over,
            former_custody=FormerCustodyDocument.of(former_custody),
        )


class CaseList(AnyDocument):
    """Case files by code."""

    cases: list[CaseSummary]
    total: int
    cursor: str | None = None


def _described(row: CaseFile, *, reduced: bool) -> dict[str, Any]:
    """The sender's own fields, less what an account without the right to it does not learn."""
    return {
        "language": row.language,
        "keyword": None if reduced else row.keyword,
        "maintenance": row.maintenance,
        "term": row.term_years,
        "format": row.format,
        "infor_sign": row.infor_sign,
        "confidence_level": row.confidence_level,
        "paper_file_code": row.paper_file_code,
        "creator": row.creator,
        "description": None if reduced else row.description,
        "own_fields": {} if reduced else dict(row.own_fields or {}),
        "procedure_code": row.procedure_code,
        "dossier_number": row.dossier_number,
        "dossier_result": None if reduced else row.dossier_result,
        "dossier_received_date": row.dossier_received_date,
        "dossier_due_date": row.dossier_due_date,
        "dossier_returned_date": row.dossier_returned_date,
        "inventory_reference": row.inventory_reference,
    }


def _documents(
    row: CaseFile,
    documents: Sequence[Document],
    actor: Actor,
    newer: Mapping[UUID, dict[str, Any]],
) -> list[DocumentDocument]:
    return [
        DocumentDocument.of(
            document,
            reduced=is_reduced(actor, row, document),
            links=row.linked_elsewhere,
            replaced_by=newer.get(document.id),
        )
        for document in documents
    ]


def summary_fields(row: CaseFile, actor: Actor, *, complete: bool) -> dict[str, Any]:
    """What a list and the whole document have in common."""
    return {
        "code": row.code,
        "title": row.title,
        "state": row.state.value,
        "standing": standing_of(row.state, row.removing_since),
        "removing_since": _removing_since(row),
        "digitization": row.digitization.value,
        "complete": complete,
        "is_electronic_record": keeps_standing(row) and complete,
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
            waits_for=waits_for(row),
        ),
        "holds": holds_of(row, actor),
        "start_date": row.start_date,
        "end_date": row.end_date,
        "document_count": row.total_doc,
        "page_count": row.number_of_page,
    }


def _removing_since(row: CaseFile) -> str | None:
    """``None`` before an order to destroy it is begun, and once it is destroyed."""
    if row.removing_since is None or row.state in OVER:
        return None
    return clock.iso(row.removing_since)


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
