"""Where pages of a batch may go: the documents of a case file or submission that await them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import PAPER, Document
from archive_service.domain.digitization.scan_batch import ScanBatch
from archive_service.domain.digitization.station import Station
from archive_service.domain.intake.submission import Submission, SubmissionState

# A submission in one of these states takes pages: they belong to version 1 then.
TAKES_PAGES = (SubmissionState.RECEIVED, SubmissionState.CHECKING, SubmissionState.CHECKED)
HELD = (CaseState.ACCEPTED, CaseState.STORED)


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """One document of the list (mục lục văn bản) that pages are matched with."""

    ordinal: int
    title: str
    pages_declared: int  # number_of_page as declared; 0: not told
    awaits_pages: bool
    number: str = ""
    date: str = ""
    # What page 1 of it should say, by the field's name in ``digitize.page_one.proposals``.
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """A case file that is held, or a submission that is not accepted yet."""

    code: str
    title: str
    agency_id: UUID | None
    documents: tuple[ListedDocument, ...]
    case_file_id: UUID | None = None
    submission_id: UUID | None = None

    def awaiting(self) -> list[ListedDocument]:
        """Documents whose pages have not come yet, in the order of the list."""
        return [document for document in self.documents if document.awaits_pages]

    def document(self, ordinal: int | None) -> ListedDocument | None:
        """The one with this ordinal."""
        return next((document for document in self.documents if document.ordinal == ordinal), None)


def targets_of(session: Session, batch: ScanBatch) -> dict[str, Target]:
    """By code what this batch may be put into: a station of an agency reaches its own alone."""
    codes = {batch.case_code, *(document.case_code for document in batch.documents)}
    station = session.get_one(Station, batch.station_id)
    found = find_targets(session, codes)
    if station.agency_id is None:
        return found
    return {code: target for code, target in found.items() if target.agency_id == station.agency_id}


def find_targets(session: Session, codes: Iterable[str]) -> dict[str, Target]:
    """By code what pages may be put into; a code that is missing here is none of ours.

    Case files first: what is in custody is no submission any more.
    """
    wanted = {code for code in codes if code}
    if not wanted:
        return {}
    held = session.scalars(
        select(CaseFile)
        .where(CaseFile.code.in_(wanted), CaseFile.state.in_(HELD))
        .options(selectinload(CaseFile.documents).selectinload(Document.files))
    )
    found = {row.code: _of_case_file(row) for row in held}
    return found | _submitted(session, wanted - found.keys())


def titles_of(session: Session, batch: ScanBatch) -> dict[tuple[str, int], str]:
    """Titles of the batch's documents by the lists, by code and ordinal; files are not read."""
    codes = {document.case_code for document in batch.documents}
    station = session.get_one(Station, batch.station_id)
    held = (
        select(CaseFile.code, CaseFile.agency_id, Document.ordinal, Document.subject)
        .join(Document, Document.case_file_id == CaseFile.id)
        .where(CaseFile.code.in_(codes), CaseFile.state.in_(HELD))
    )
    rows = session.execute(held).all()
    found = {(row.code, row.ordinal): (row.agency_id, row.subject) for row in rows}
    for target in _submitted(session, codes - {row.code for row in rows}).values():
        for listed in target.documents:
            found[target.code, listed.ordinal] = (target.agency_id, listed.title)
    return {
        place: title
        for place, (agency_id, title) in found.items()
        if station.agency_id in (None, agency_id)
    }


def _submitted(session: Session, codes: Iterable[str]) -> dict[str, Target]:
    """Submissions that take pages; of two of a code the one that came first."""
    wanted = sorted(codes)
    if not wanted:
        return {}
    rows = session.scalars(
        select(Submission)
        .where(Submission.code.in_(wanted), Submission.state.in_(TAKES_PAGES))
        .order_by(Submission.received_at.desc())  # the first one sent is taken
    )
    return {row.code: _of_submission(row) for row in rows}


def _of_case_file(row: CaseFile) -> Target:
    documents = tuple(
        ListedDocument(
            document.ordinal,
            document.subject,
            document.number_of_page,
            document.awaits_pages(),
            _number(document.code_number, document.code_notation),
            document.issued_date or "",
            listed_fields(document),
        )
        for document in row.documents
    )
    return Target(row.code, row.title, row.agency_id, documents, case_file_id=row.id)


def _of_submission(row: Submission) -> Target:
    documents = []
    for ordinal, declared in enumerate(row.case_file().documents, start=1):
        fields = declared.fields
        pages = fields.get("numberOfPage", "")
        documents.append(
            ListedDocument(
                ordinal,
                fields.get("subject", ""),
                int(pages) if pages.isdigit() else 0,
                not declared.files and fields.get("confidenceLevel") in PAPER,
                _number(fields.get("codeNumber"), fields.get("codeNotation")),
                fields.get("issuedDate", ""),
                {name: fields.get(declared_name, "") for name, declared_name in DECLARED.items()},
            )
        )
    return Target(row.code, row.title, row.agency_id, tuple(documents), submission_id=row.id)


# Fields of page 1: the columns of a document, and the fields of a submission, that tell the same.
COLUMNS = {
    "number": "code_number",
    "symbol": "code_notation",
    "date": "issued_date",
    "type": "type_name",
    "issuer": "organ_name",
    "abstract": "subject",
    "signer": "signer",
    "position": "signer_position",
    "recipients": "receivers",
    "urgency": "urgency",
}
DECLARED = {
    "number": "codeNumber",
    "symbol": "codeNotation",
    "date": "issuedDate",
    "type": "typeName",
    "issuer": "organName",
    "abstract": "subject",
    "signer": "signer",
    "position": "signerPosition",
    "recipients": "receivers",
    "urgency": "urgency",
}


def listed_fields(document: Document) -> dict[str, str]:
    """Values of the list for a document, by the field of page 1."""
    return {name: getattr(document, column) or "" for name, column in COLUMNS.items()}


def _number(number: str | None, notation: str | None) -> str:
    return "/".join(part for part in (number, notation) if part)
