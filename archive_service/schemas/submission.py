"""SUBMISSION of the contract."""

from pydantic import BaseModel

from archive_service import clock
from archive_service.domain.case_file import CaseFile
from archive_service.domain.submission import Submission
from archive_service.schemas.finding import FindingDocument


class ReceiptDocument(BaseModel):
    """The signed receipt: its number, its digest and when it was signed."""

    number: str
    sha256: str
    issued_at: str


class SubmissionDocument(BaseModel):
    """A submission with all its findings; ``receipt`` comes once every copy is verified."""

    id: str
    code: str
    title: str
    state: str
    agency: str | None
    documents: int
    size_bytes: int
    channel: str
    source: str
    submitted_by: str
    received_at: str
    decided_by: str | None
    decided_at: str | None
    decision_reason: str
    worst: str
    findings: list[FindingDocument]
    receipt: ReceiptDocument | None

    @classmethod
    def of(
        cls, row: Submission, *, agency: str | None, case_file: CaseFile | None, lang: str = "vi"
    ) -> "SubmissionDocument":
        """The document of a row; ``case_file`` is what became of it, once accepted."""
        return cls(
            id=str(row.id),
            code=row.code,
            title=row.title,
            state=row.state.value,
            agency=agency,
            documents=row.document_count,
            size_bytes=row.size_bytes,
            channel=row.channel,
            source=row.source,
            submitted_by=row.submitted_by,
            received_at=clock.iso(row.received_at),
            decided_by=row.decided_by,
            decided_at=None if row.decided_at is None else clock.iso(row.decided_at),
            decision_reason=row.decision_reason,
            worst=row.worst,
            findings=[FindingDocument.of(finding, lang) for finding in row.findings],
            receipt=receipt_of(case_file),
        )


def receipt_of(case_file: CaseFile | None) -> ReceiptDocument | None:
    """The receipt of a case file, if it was issued."""
    if case_file is None or case_file.receipt_issued_at is None:
        return None
    return ReceiptDocument(
        number=case_file.receipt_number or "",
        sha256=case_file.receipt_sha256 or "",
        issued_at=clock.iso(case_file.receipt_issued_at),
    )
