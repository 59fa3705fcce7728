"""Does the audit trail fit: events among themselves, segments with events, copies with segments."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import audit
from archive_service.audit import GENESIS, ChainVerdict
from archive_service.db.unit_of_work import Database
from archive_service.domain.audit_event import AuditSegment
from archive_service.errors import BackendError
from archive_service.evidence.outbox import segment_key
from archive_service.storage.ocfl import read
from archive_service.storage.port import ObjectNotFoundError, ObjectStore


def verify_trail(database: Database, *, copies: Sequence[ObjectStore]) -> ChainVerdict:
    """Find a changed, removed or inserted event or segment, in the database or in a copy.

    Raises:
        BackendError: a copy did not answer; that says nothing of the trail.
    """
    with database.read_only() as session:
        verdict = audit.verify_events(session)
        if not verdict.ok:
            return verdict
        segments = list(session.scalars(select(AuditSegment).order_by(AuditSegment.number)))
        bad = next(_misfits(session, segments, verdict.events), None)
    if bad is None:
        bad = next(_misfits_in_copies(segments, copies), None)
    return ChainVerdict(verdict.events, len(segments), bad)


def _misfits(session: Session, segments: list[AuditSegment], events: int) -> Iterator[str]:
    """Segments that do not chain, or whose digest is not that of their events."""
    previous, next_event = GENESIS, 1
    for number, segment in enumerate(segments, start=1):
        name = f"segment {number}"
        chained = segment.previous_sha256 == previous and segment.first_event == next_event
        if segment.number != number or not chained or segment.last_event > events:
            yield name
            return
        told = audit.segment_bytes(segment, audit.segment_events(session, segment))
        if sha256(told).hexdigest() != segment.sha256:
            yield name
            return
        previous, next_event = segment.sha256, segment.last_event + 1


def _misfits_in_copies(
    segments: list[AuditSegment], copies: Sequence[ObjectStore]
) -> Iterator[str]:
    """Segments that a copy lacks, holds otherwise, or holds though nobody sealed them."""
    written = {segment_key(segment.number): segment for segment in segments}
    for copy in copies:
        for key in copy.iter_keys("audit/"):
            if key not in written:
                yield f"{copy.name} {key}"
        for key, segment in written.items():
            if not segment.written:
                continue
            try:
                found = sha256(read(copy, key)).hexdigest()
            except ObjectNotFoundError:
                found = ""
            except BackendError:
                raise
            if found != segment.sha256:
                yield f"{copy.name} {key}"
