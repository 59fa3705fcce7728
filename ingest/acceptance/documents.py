"""RECEIPT of the contract."""

from archive_service import clock
from archive_service.document import Document
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission


class ReceiptDocument(Document):
    """The signed receipt: number, digest, when it was signed; whose, if it is a delivery's."""

    number: str
    sha256: str
    issued_at: str
    delivery: str | None = None


def receipt_of(bearer: CaseFile | Submission | None) -> ReceiptDocument | None:
    """The receipt of a case file, or of what was added to one, if it was issued."""
    if bearer is None or bearer.receipt_issued_at is None:
        return None
    return ReceiptDocument(
        number=bearer.receipt_number or "",
        sha256=bearer.receipt_sha256 or "",
        issued_at=clock.iso(bearer.receipt_issued_at),
        delivery=_delivery_of(bearer),
    )


def _delivery_of(bearer: CaseFile | Submission) -> str | None:
    """The delivery whose one receipt this is."""
    of_many = isinstance(bearer, CaseFile) or bearer.delivery_receipt
    return str(bearer.delivery_id) if of_many and bearer.delivery_id else None
