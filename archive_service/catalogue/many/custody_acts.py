"""What a batch of descriptions leaves for good: its act, and why a case file was refused."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.catalogue.describing.acts import DescriptionRefusedError
from archive_service.catalogue.many.acts import items_of
from archive_service.domain.case_files.description_batch import (
    DESCRIPTION_BATCH,
    BatchState,
    DescriptionBatch,
    DescriptionItem,
    ItemState,
)
from archive_service.domain.intake.finding import Severity, as_json
from archive_service.domain.keeping.act import Act
from archive_service.errors import ArchiveError


def write_act(session: Session, batch: DescriptionBatch) -> None:
    """All of a batch, so that it can be taken back even after the database was lost."""
    items = session.scalars(items_of(batch.id).order_by(DescriptionItem.ordinal))
    body = {
        "id": str(batch.id),
        "agency_id": batch.agency_id and str(batch.agency_id),
        "made_by": batch.made_by,
        "made_at": clock.iso(batch.made_at),
        "ended_at": batch.ended_at and clock.iso(batch.ended_at),
        "reason": batch.reason,
        "orders": batch.orders,
        "undo_of": batch.undo_of and str(batch.undo_of),
        "case_files": [
            {
                "case_file_id": str(one.case_file_id),
                "code": one.code,
                "state": one.state.value,
                "changes": one.changes,
                "refusals": one.refusals,
                "retention": one.retention,
            }
            for one in items
        ],
    }
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
        batch = DescriptionBatch(
            id=UUID(body["id"]),
            agency_id=UUID(body["agency_id"]) if body["agency_id"] else None,
            made_by=body["made_by"],
            made_at=clock.parse_iso(body["made_at"]),
            ended_at=clock.parse_iso(body["ended_at"]) if body["ended_at"] else None,
            reason=body["reason"],
            orders=body["orders"],
            undo_of=UUID(body["undo_of"]) if body["undo_of"] else None,
            state=BatchState.DONE,
            total=len(body["case_files"]),
        )
        session.add(batch)
        session.flush()
        session.add_all(
            DescriptionItem(
                id=uuid4(),
                batch_id=batch.id,
                ordinal=ordinal,
                case_file_id=UUID(case_file["case_file_id"]),
                code=case_file["code"],
                state=ItemState(case_file["state"]),
                changes=case_file["changes"],
                refusals=case_file["refusals"],
                retention=case_file.get("retention"),
            )
            for ordinal, case_file in enumerate(body["case_files"], start=1)
        )
    session.flush()
