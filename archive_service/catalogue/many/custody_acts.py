"""What a batch of descriptions leaves for good: its act, and why a case file was refused."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.catalogue.describing.acts import DescriptionRefusedError
from archive_service.catalogue.many.acts import items_of
from archive_service.domain.case_files.description_batch import (
    DESCRIPTION_BATCH,
    BatchState,
    DescriptionBatch,
    DescriptionItem,
)
from archive_service.domain.intake.finding import Severity, as_json
from archive_service.domain.keeping.act import Act
from archive_service.errors import ArchiveError
from archive_service.packaging.catalogue import plain_row, row_from

_OF_BATCH = (*("id", "agency_id", "made_by", "made_at", "ended_at", "reason", "orders", "undo_of"),)
_OF_ITEM = ("case_file_id", "code", "state", "changes", "refusals", "retention")


def write_act(session: Session, batch: DescriptionBatch) -> None:
    """All of a batch, so that it can be taken back even after the database was lost."""
    items = session.scalars(items_of(batch.id).order_by(DescriptionItem.ordinal))
    case_files = [plain_row(item, _OF_ITEM) for item in items]
    body = plain_row(batch, _OF_BATCH) | {"case_files": case_files}
    session.add(
        Act(kind=DESCRIPTION_BATCH, subject_id=str(batch.id), at=clock.now(), document=body)
    )


def told_refusal(refusal: ArchiveError) -> list[dict[str, Any]]:
    """Findings as they are kept: those of the door's checks, or the one error."""
    if isinstance(refusal, DescriptionRefusedError):
        return [dict(as_json(finding)) for finding in refusal.findings]
    facts = {name: str(fact) for name, fact in refusal.facts.items()}
    return [{"check": "errors", "code": refusal.code, "severity": Severity.ERROR.value,
             "place": "", "facts": facts}]  # fmt: skip


def restore_description_batches(session: Session, bodies: Iterable[dict[str, Any]]) -> None:
    """Rows of the newest acts: batches that ended, which can still be taken back."""
    for body in bodies:
        batch = row_from(DescriptionBatch, body)
        batch.state, batch.total = BatchState.DONE, len(body["case_files"])
        session.add(batch)
        session.flush()
        for ordinal, case_file in enumerate(body["case_files"], start=1):
            item = row_from(DescriptionItem, case_file)
            item.id, item.batch_id, item.ordinal = uuid4(), batch.id, ordinal
            session.add(item)
    session.flush()
