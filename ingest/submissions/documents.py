"""SUBMISSION of the contract."""

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import inspect

from archive_service.document import Document, Moment, NextActDocument
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import MARKS, Submission, SubmissionState
from archive_service.finding_document import FindingDocument
from ingest.acceptance.documents import ReceiptDocument, receipt_of
from ingest.acceptance.marks import Mark, lifted_marks
from ingest.submissions.next_steps import next_acts


class PacketDocument(Document):
    """An edXML packet that brought a document: its DocumentId and OrganId, and when it came."""

    document_id: str
    sender: str
    received_at: Moment


class LeftOutFileDocument(Document):
    """A file of a document that was left out."""

    path: str
    sha256: str | None


class LeftOutDocumentDocument(Document):
    """A document that an archivist left out of what is accepted; ``number`` from 1."""

    number: int
    title: str
    reason: str
    by: str
    at: str
    files: list[LeftOutFileDocument]


class LiftedMarkDocument(Document):
    """The person who lifted a mark of secrecy, when and why."""

    by: str
    at: str
    reason: str


class MarkDocument(Document):
    """A mark of secrecy that was seen, by the name that ``lift-mark`` takes as ``document``."""

    document: str
    mark: str
    lifted: LiftedMarkDocument | None


class SubmissionDocument(Document):
    """A submission with all its findings; ``receipt`` comes once every copy is verified.

    ``packets`` tell when each came itself: a submission may be older than some of them.
    ``left_out`` and ``marks`` are told of one that is asked for alone, and empty in lists.
    ``case_file``: the code of the one that it became, or was added to, once accepted;
    ``next``: what people can do where it stands, the likeliest first.
    """

    id: UUID
    code: str
    title: str
    state: SubmissionState
    agency: str | None
    documents: int
    size_bytes: int
    channel: str
    source: str
    submitted_by: str
    received_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    decision_reason: str
    worst: str
    findings: list[FindingDocument]
    receipt: ReceiptDocument | None
    case_file: str | None
    record_status: str
    package_id: str
    sent_at: Moment | None
    version: int | None
    delivery: UUID | None
    packets: list[PacketDocument]
    left_out: list[LeftOutDocumentDocument]
    marks: list[MarkDocument]
    next: list[NextActDocument]

    @classmethod
    def of(
        cls, row: Submission, *, agency: str | None, case_file: CaseFile | None, lang: str = "vi"
    ) -> "SubmissionDocument":
        """The document of a row; ``case_file`` is what became of it, once accepted."""
        return cls.of_row(
            row,
            agency=agency,
            documents=row.document_count,
            delivery=row.delivery_id,
            findings=[FindingDocument.of(finding, lang) for finding in row.findings],
            receipt=receipt_of(row if row.is_addition else case_file),
            case_file=case_file.code if case_file else None,
            left_out=_left_out(row),
            marks=_marks(row),
            packets=[PacketDocument.of_row(packet) for packet in row.packets],
            next=next_acts(row),
        )


class SubmissionList(BaseModel):
    """Submissions, oldest first."""

    submissions: list[SubmissionDocument]
    cursor: str | None = None


def _marks(row: Submission) -> list[MarkDocument]:
    if "verdict" in inspect(row).unloaded:
        return []
    words = lifted_marks(row)
    found = []
    for mark in row.verdict.get(MARKS, ()):
        word = words.get(Mark(**mark))
        lifted = None if word is None else LiftedMarkDocument.model_validate(word)
        found.append(MarkDocument(document=mark["place"], mark=mark["mark"], lifted=lifted))
    return found


def _left_out(row: Submission) -> list[LeftOutDocumentDocument]:
    """Of a submission that is asked for alone; lists do not load its declaration."""
    if "declared" in inspect(row).unloaded or not row.declared.get("left_out"):
        return []
    digests = row.digests
    return [
        LeftOutDocumentDocument(
            number=number,
            title=document.title,
            reason=document.reason,
            by=document.by,
            at=document.at,
            files=[
                LeftOutFileDocument(path=file.path, sha256=digests.get(file.path))
                for file in document.document.files
            ],
        )
        for number, document in enumerate(row.case_file().left_out, start=1)
    ]
