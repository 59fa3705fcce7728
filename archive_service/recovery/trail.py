"""The audit trail read back from the sealed segments of a copy."""

import json
from collections.abc import Iterator
from hashlib import sha256

from archive_service import audit, clock
from archive_service.audit import GENESIS
from archive_service.domain.audit_event import AuditEvent, AuditSegment
from archive_service.errors import IntegrityViolationError
from archive_service.storage.ocfl import read
from archive_service.storage.port import ObjectStore


class TrailBrokenError(IntegrityViolationError):
    """A segment does not follow from the one before it, or does not read."""

    code = "trail-broken"


def iter_segments(copy: ObjectStore) -> Iterator[tuple[AuditSegment, list[AuditEvent]]]:
    """Every segment of the copy with its events, in order, each checked against the last.

    Raises:
        TrailBrokenError: naming the first segment that does not fit.
    """
    previous, last_event, last_sha256 = GENESIS, 0, GENESIS
    for key in copy.iter_keys("audit/"):
        data = read(copy, key)
        segment, events = _parsed(key, data)
        numbers = [event.number for event in events]
        fits = segment.previous_sha256 == previous and numbers == list(
            range(last_event + 1, segment.last_event + 1)
        )
        for event in events:
            fits = fits and event.previous_sha256 == last_sha256
            last_sha256 = event.sha256
        if not fits:
            raise TrailBrokenError(copy=copy.name, key=key)
        previous, last_event = segment.sha256, segment.last_event
        yield segment, events


def _parsed(key: str, data: bytes) -> tuple[AuditSegment, list[AuditEvent]]:
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
