"""DELIVERY of the contract."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from archive_service import clock, messages
from archive_service.document import Document
from archive_service.domain.intake.delivery import Delivery, DeliveryRefusal, DeliveryState
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.submission import SubmissionState
from archive_service.finding_document import FindingDocument
from ingest.acceptance.documents import ReceiptDocument
from ingest.deliveries.settle import kept_of

_OF_ERRORS = "errors"  # the words of such a finding are those of an error


class TroubleDocument(BaseModel):
    """Why a delivery stands still."""

    code: str
    message: str
    remedy: str


class AwaitsDocument(BaseModel):
    """What a delivery awaits before it is settled: how many of its case files, and where."""

    rows: int
    checks: int
    decision: int
    storage: int


class DeliveryDocument(Document):
    """A delivery and how far it is; ``again`` are case files that had come before.

    ``kept`` are stored in every copy; one that gets a receipt of its own counts when it is
    accepted. ``receipt`` is the one for all of them, where the delivery declares more than one
    (``one_receipt``), once it is ``settled_at``.
    """

    id: str
    source: str
    channel: str
    state: str
    rows: int
    done: int
    received: int
    refused: int
    again: int
    files: int
    size_bytes: int
    list_sha256: str
    submitted_by: str
    received_at: str
    finished_at: str | None
    findings: list[FindingDocument]
    trouble: TroubleDocument | None
    kept: int
    returned: int
    awaits: AwaitsDocument
    settled_at: str | None
    one_receipt: bool
    receipt: ReceiptDocument | None

    @classmethod
    def of(cls, row: Delivery, outcome: Mapping[str, int], lang: str = "vi") -> "DeliveryDocument":
        """The document of a row; ``outcome`` tells how many submissions are in which state."""
        return cls(
            id=str(row.id),
            source=row.source,
            channel=row.channel,
            state=row.state.value,
            rows=row.rows,
            done=row.done,
            received=row.done - row.refused - row.again,
            refused=row.refused,
            again=row.again,
            files=row.files,
            size_bytes=row.size_bytes,
            list_sha256=row.content_sha256,
            submitted_by=row.submitted_by,
            received_at=clock.iso(row.received_at),
            finished_at=None if row.finished_at is None else clock.iso(row.finished_at),
            findings=[finding_of(finding, lang) for finding in row.findings],
            trouble=_trouble(row.trouble, lang),
            kept=kept_of(outcome) if row.settled_at else _sum(outcome, SubmissionState.STORED),
            returned=_sum(outcome, SubmissionState.RETURNED, SubmissionState.WITHDRAWN),
            awaits=_awaits(row, outcome),
            settled_at=None if row.settled_at is None else clock.iso(row.settled_at),
            one_receipt=row.rows > 1,
            receipt=_receipt(row),
        )


class DeliveryWithRefusals(DeliveryDocument):
    """A delivery with what it refused."""

    refused_rows: list["RefusalDocument"]


class DeliveryList(BaseModel):
    """Deliveries, the newest first."""

    deliveries: list[DeliveryDocument]
    cursor: str | None = None


class RefusalDocument(BaseModel):
    """A case file that was not taken: its row and code, and what its sender has to mend."""

    row: int
    code: str
    findings: list[FindingDocument]

    @classmethod
    def of(cls, row: DeliveryRefusal, lang: str = "vi") -> "RefusalDocument":
        """The document of a row."""
        findings = [finding_of(finding, lang) for finding in row.findings]
        return cls(row=row.row, code=row.code, findings=findings)


class RefusalList(BaseModel):
    """What a delivery refused, in the order of its rows."""

    refused: list[RefusalDocument]
    cursor: str | None = None


def finding_of(kept: dict[str, Any], lang: str) -> FindingDocument:
    """A finding as it is kept in JSON, in words."""
    finding = Finding(**(kept | {"severity": Severity(kept["severity"])}))
    if finding.check != _OF_ERRORS:
        return FindingDocument.of(finding, lang)
    message = messages.error(finding.code, lang, finding.facts)
    return FindingDocument(
        check=finding.check,
        code=finding.code,
        severity=finding.severity.value,
        place=finding.place,
        message=message.message,
        remedy=message.remedy,
    )


def _awaits(row: Delivery, outcome: Mapping[str, int]) -> AwaitsDocument:
    settled = row.settled_at is not None
    open_rows = 0 if row.state is DeliveryState.DONE else max(row.rows - row.done, 0)
    return AwaitsDocument(
        rows=open_rows,
        checks=_sum(outcome, SubmissionState.RECEIVED, SubmissionState.CHECKING),
        decision=_sum(outcome, SubmissionState.CHECKED, SubmissionState.QUARANTINED),
        storage=0 if settled else outcome.get(SubmissionState.ACCEPTED, 0),
    )


def _sum(outcome: Mapping[str, int], *states: SubmissionState) -> int:
    return sum(outcome.get(state, 0) for state in states)


def _receipt(row: Delivery) -> ReceiptDocument | None:
    if row.receipt_issued_at is None:
        return None
    return ReceiptDocument(
        number=row.receipt_number or "",
        sha256=row.receipt_sha256 or "",
        issued_at=clock.iso(row.receipt_issued_at),
        delivery=str(row.id),
    )


def _trouble(kept: dict[str, Any], lang: str) -> TroubleDocument | None:
    if not kept:
        return None
    message = messages.error(kept["code"], lang, kept["facts"])
    return TroubleDocument(code=kept["code"], message=message.message, remedy=message.remedy)
