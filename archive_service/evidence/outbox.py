"""What goes out into every copy beside the packages: acts of custody and audit segments."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from archive_service import audit, clock
from archive_service.db.unit_of_work import Database
from archive_service.domain.act import Act
from archive_service.domain.audit_event import AuditSegment
from archive_service.storage.acts import write_act
from archive_service.storage.port import ObjectStore
from archive_service.storage.staging import Staging


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """How much went out."""

    acts: int
    segments: int


def segment_key(number: int) -> str:
    """Where a segment lies in every copy."""
    return f"audit/{number:010d}.jsonl"


def act_name(act: Act) -> str:
    """One step, one name; names sort as the steps came."""
    return f"{act.at:%Y%m%dT%H%M%S%f}-{act.id}"


def act_document(act: Act) -> dict[str, Any]:
    """An act as it stands in every copy."""
    return {
        "id": str(act.id),
        "kind": act.kind,
        "subject_id": act.subject_id,
        "at": clock.iso(act.at),
        "body": act.document,
    }


def write_out(database: Database, *, staging: Staging, copies: Sequence[ObjectStore]) -> WrittenOut:
    """Close the running segment, and put what is not out yet into every copy.

    Rows first: after a kill the next call goes on with the same bytes. Only when every copy
    holds a document is its row marked, and may the act be reported done.

    Raises:
        BackendError: a copy did not take it; nothing is lost, the next call tries again.
    """
    with database.unit_of_work() as uow:
        audit.close_segment(uow.session, at=clock.now())
        uow.commit()
    acts = _write_acts(database, staging, copies)
    segments = _write_segments(database, copies)
    if acts or segments:
        with database.unit_of_work() as uow:
            uow.session.execute(update(Act).where(Act.id.in_(acts)).values(written=True))
            uow.session.execute(
                update(AuditSegment).where(AuditSegment.number.in_(segments)).values(written=True)
            )
            uow.commit()
    return WrittenOut(len(acts), len(segments))


def _write_acts(database: Database, staging: Staging, copies: Sequence[ObjectStore]) -> list[UUID]:
    with database.read_only() as session:
        waiting = list(session.scalars(select(Act).where(~Act.written).order_by(Act.at)))
    for act in waiting:
        companions = {}
        if act.companion_sha256 is not None:
            with staging.open(act.companion_sha256) as source:
                companions[act.companion_suffix] = source.read()  # a receipt: some 100 kB
        write_act(act.kind, act_name(act), act_document(act), copies=copies, companions=companions)
    return [act.id for act in waiting]


def _write_segments(database: Database, copies: Sequence[ObjectStore]) -> list[int]:
    with database.read_only() as session:
        waiting = list(
            session.scalars(
                select(AuditSegment).where(~AuditSegment.written).order_by(AuditSegment.number)
            )
        )
        for segment in waiting:
            data = audit.segment_bytes(segment, audit.segment_events(session, segment))
            for copy in copies:
                copy.put(
                    segment_key(segment.number),
                    io.BytesIO(data),
                    size=len(data),
                    sha256=segment.sha256,
                )
    return [segment.number for segment in waiting]
