"""The audit trail read back from the sealed segments of the copies."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from archive_service import audit, clock
from archive_service.audit import GENESIS, segment_key
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.errors import BackendError, IntegrityViolationError
from archive_service.recovery.rebuild.read_side_by_side import side_by_side
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import ObjectNotFoundError, ObjectStore

Sealed = tuple[AuditSegment, list[AuditEvent]]


class TrailBrokenError(IntegrityViolationError):
    """A segment does not follow from the one before it, or does not read."""

    code = "trail-broken"


@dataclass(frozen=True, slots=True)
class _End:
    """How far a trail reaches, and what its next segment must follow from."""

    segment: int = 0
    segment_sha256: str = GENESIS
    event: int = 0
    event_sha256: str = GENESIS

    def after(self, sealed: Sealed) -> "_End | None":
        """The end with this segment put on; ``None`` where it does not follow."""
        segment, events = sealed
        fits = (segment.number, segment.previous_sha256) == (self.segment + 1, self.segment_sha256)
        numbers = [event.number for event in events]
        fits = fits and numbers == list(range(self.event + 1, segment.last_event + 1))
        last = self.event_sha256
        for event in events:
            fits = fits and event.previous_sha256 == last
            last = event.sha256
        if not fits:
            return None
        return _End(segment.number, segment.sha256, segment.last_event, last)


def iter_segments(copy: ObjectStore, others: Sequence[ObjectStore] = ()) -> Iterator[Sealed]:
    """Every segment of the copy with its events, in order, each checked against the last.

    Then what ``others`` hold beyond it, from the one that goes on the longest: a kill may have
    left this copy without its last segments, and their numbers must not be given again.

    Raises:
        TrailBrokenError: naming the first segment of ``copy`` that does not fit.
    """
    end = _End()

    def found(key: str) -> tuple[str, Sealed]:
        return key, _parsed(key, read(copy, key))

    for key, sealed in side_by_side(found, copy.iter_keys("audit/")):
        following = end.after(sealed)
        if following is None:
            raise TrailBrokenError(copy=copy.name, key=key)
        end = following
        yield sealed
    while others:
        longest = max(others, key=lambda other: _reach(other, end))
        before = end
        for sealed, following in _beyond(longest, before):
            yield sealed
            end = following
        if end == before:
            return


def _reach(copy: ObjectStore, end: _End) -> int:
    return sum(1 for _ in _beyond(copy, end))


def _beyond(copy: ObjectStore, end: _End) -> Iterator[tuple[Sealed, _End]]:
    """Segments that continue a trail, as long as they do."""
    following: _End | None = end
    while following is not None:
        key = segment_key(following.segment + 1)
        try:
            sealed = _parsed(key, read(copy, key))
        except (ObjectNotFoundError, BackendError, TrailBrokenError):
            return
        following = following.after(sealed)
        if following is not None:
            yield sealed, following


def _parsed(key: str, data: bytes) -> Sealed:
    try:
        head, *lines = (json.loads(line) for line in data.splitlines())
        events = [audit.event_from_document(line) for line in lines]
        segment = AuditSegment(
            number=head["segment"],
            first_event=head["first_event"],
            last_event=head["last_event"],
            previous_sha256=head["previous_sha256"],
            sealed_at=clock.parse_iso(head["sealed_at"]),
            sha256=sha256(data).hexdigest(),
            written=True,
        )
    except (ValueError, KeyError, TypeError) as wrong:
        raise TrailBrokenError(key=key, reason=str(wrong)) from None
    return segment, events
