"""Does the audit trail fit: events among themselves, segments with events, copies with segments."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from archive_service import audit
from archive_service.audit import GENESIS, ChainVerdict, segment_key
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.storage.fixity.verdict import printable_key
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, ObjectUnreadableError

_AT_ONCE = 500  # segments held in memory together


def verify_trail(database: Database, *, copies: Sequence[ObjectStore]) -> ChainVerdict:
    """Find a changed, removed or inserted event or segment, in the database or in a copy.

    Raises:
        BackendError: a copy did not answer; that says nothing of the trail.
    """
    with database.read_only() as session:
        verdict = audit.verify_events(session)
        if not verdict.ok:
            return verdict
        count, bad = _fitting(session, verdict.events)
    for copy in copies:
        bad = bad or next(_misfits_in_copy(database, copy), None)
    return ChainVerdict(verdict.events, count, bad)


def _fitting(session: Session, events: int) -> tuple[int, str | None]:
    """How many segments there are; the first that does not chain, or not fit its events.

    Events are walked once, for all segments: one after the other they cover them without a gap.
    """
    count, previous, next_event, bad = 0, GENESIS, 1, None
    left = audit.iter_events(session)
    for segment in _segments(session):
        count += 1
        chained = segment.previous_sha256 == previous and segment.first_event == next_event
        if bad is None and (
            segment.number != count
            or not chained
            or segment.last_event > events
            or _digest_of_next(left, segment) != segment.sha256
        ):
            bad = f"segment {count}"
        previous, next_event = segment.sha256, segment.last_event + 1
    return count, bad


def _digest_of_next(left: Iterator[AuditEvent], segment: AuditSegment) -> str:
    count = max(0, segment.last_event - segment.first_event + 1)
    return sha256(audit.segment_bytes(segment, islice(left, count))).hexdigest()


def _segments(session: Session) -> Iterator[AuditSegment]:
    last = 0
    while rows := list(
        session.scalars(
            select(AuditSegment)
            .where(AuditSegment.number > last)
            .order_by(AuditSegment.number)
            .limit(_AT_ONCE)
        )
    ):
        for row in rows:
            yield row
            session.expunge(row)
        last = rows[-1].number


def _misfits_in_copy(database: Database, copy: ObjectStore) -> Iterator[str]:
    """Segments that a copy lacks, holds otherwise, or holds though nobody sealed them.

    Whatever lies there is compared; only to lack a segment is excused until it is out.
    """
    keys = copy.iter_keys("audit/")  # ascending, as the rows are
    held = next(keys, None)
    for row in _rows(database):
        key = segment_key(row.number)
        while held is not None and held < key:
            yield f"{copy.name} {printable_key(held)}"
            held = next(keys, None)
        if held == key:
            held = next(keys, None)
        elif not row.written:
            continue
        if not _is_equal(copy, key, row.sha256):
            yield f"{copy.name} {key}"
    while held is not None:
        if not _was_sealed_since(database, copy, held):
            yield f"{copy.name} {printable_key(held)}"
        held = next(keys, None)


def _rows(database: Database) -> Iterator[Row[int, str, bool]]:
    last = 0
    query = select(AuditSegment.number, AuditSegment.sha256, AuditSegment.written)
    while True:
        with database.read_only() as session:
            rows = session.execute(
                query.where(AuditSegment.number > last)
                .order_by(AuditSegment.number)
                .limit(_AT_ONCE)
            ).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].number


def _is_equal(copy: ObjectStore, key: str, digest: str) -> bool:
    try:
        return sha256(read(copy, key)).hexdigest() == digest
    except (ObjectNotFoundError, ObjectUnreadableError):
        return False


def _was_sealed_since(database: Database, copy: ObjectStore, key: str) -> bool:
    """Whether the file beyond the last row was sealed while this was being read."""
    name = key.removeprefix("audit/").removesuffix(".jsonl")
    if not name.isdecimal() or segment_key(int(name)) != key:
        return False
    with database.read_only() as session:
        digest = session.scalar(select(AuditSegment.sha256).where(AuditSegment.number == int(name)))
    return digest is not None and _is_equal(copy, key, digest)
