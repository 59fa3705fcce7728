"""What goes out into every copy beside the packages: acts of custody and audit segments."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive_service import audit, clock
from archive_service.db.unit_of_work import Database
from archive_service.domain.act import Act
from archive_service.domain.audit_event import AuditSegment
from archive_service.domain.enrolled_copy import EnrolledCopy
from archive_service.storage.acts import write_act
from archive_service.storage.copies import identify
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
        CopyUnknownError: another store answers under a copy's name; nothing is written into it.
        BackendError: a copy did not take it; nothing is lost, the next call tries again.
    """
    with database.unit_of_work() as uow:
        audit.close_segment(uow.session, at=clock.now())
        uow.commit()
    with database.read_only() as session:
        acts = list(session.scalars(select(Act).where(~Act.written).order_by(Act.at)))
        segments = _sealed(session)
    if acts or segments:
        require_known_copies(database, copies)
        _write_acts(acts, staging, copies)
        _write_segments(segments, copies)
        with database.unit_of_work() as uow:
            _mark_written(uow.session, acts, segments)
            uow.commit()
    return WrittenOut(len(acts), len(segments))


def require_known_copies(database: Database, copies: Sequence[ObjectStore]) -> None:
    """``CopyUnknownError`` unless each copy is the one that was enrolled under its name."""
    with database.read_only() as session:
        enrolled = {row.name: row.identity for row in session.scalars(select(EnrolledCopy))}
    for copy in copies:
        identify(copy, enrolled.get(copy.name))


def _sealed(session: Session) -> list[tuple[AuditSegment, bytes]]:
    """Segments that are not in every copy yet, with their bytes."""
    waiting = session.scalars(
        select(AuditSegment).where(~AuditSegment.written).order_by(AuditSegment.number)
    )
    return [
        (segment, audit.segment_bytes(segment, audit.segment_events(session, segment)))
        for segment in waiting
    ]


def _write_acts(acts: Sequence[Act], staging: Staging, copies: Sequence[ObjectStore]) -> None:
    for act in acts:
        companions = {}
        if act.companion_sha256 is not None:
            with staging.open(act.companion_sha256) as source:
                companions[act.companion_suffix] = source.read()  # a receipt: some 100 kB
        write_act(act.kind, act_name(act), act_document(act), copies=copies, companions=companions)


def _write_segments(
    segments: Sequence[tuple[AuditSegment, bytes]], copies: Sequence[ObjectStore]
) -> None:
    for segment, data in segments:
        for copy in copies:
            key = segment_key(segment.number)
            copy.put(key, io.BytesIO(data), size=len(data), sha256=segment.sha256)


def _mark_written(
    session: Session, acts: Sequence[Act], segments: Sequence[tuple[AuditSegment, bytes]]
) -> None:
    out = [act.id for act in acts]
    numbers = [segment.number for segment, _ in segments]
    session.execute(update(Act).where(Act.id.in_(out)).values(written=True))
    session.execute(
        update(AuditSegment).where(AuditSegment.number.in_(numbers)).values(written=True)
    )
