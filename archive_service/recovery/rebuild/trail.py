"""The audit trail read back from the sealed segments of the copies."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby

from archive_service import audit, clock
from archive_service.audit import GENESIS, parse_json, segment_key
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.errors import ArchiveError, IntegrityViolationError
from archive_service.recovery.rebuild.left_out import (
    DATABASE,
    LeftOut,
    Passed,
)
from archive_service.recovery.rebuild.listing import iter_keys_of, require_answering
from archive_service.recovery.rebuild.lost_end import LostEnd
from archive_service.recovery.rebuild.old_database import OldDatabase
from archive_service.recovery.rebuild.read_side_by_side import side_by_side
from archive_service.storage.ocfl.root import read
from archive_service.storage.port import ObjectStore

Sealed = tuple[AuditSegment, list[AuditEvent]]


_NAME = re.compile(r"audit/([0-9]{10})\.jsonl\Z")


class TrailBrokenError(IntegrityViolationError):
    """A segment does not follow from the one before it, or does not read."""


@dataclass(frozen=True, slots=True)
class _End:
    """How far a trail reaches, and what its next segment must follow from."""

    segment: int = 0
    segment_sha256: str = GENESIS
    event: int = 0
    event_sha256: str = GENESIS

    @classmethod
    def of(cls, sealed: Sealed) -> "_End":
        """The end with this segment, whatever came before it."""
        segment, events = sealed
        last = events[-1].sha256 if events else GENESIS
        return cls(segment.number, segment.sha256, segment.last_event, last)

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


@dataclass(frozen=True, slots=True)
class _Read:
    """One segment and who holds it; ``sealed`` is what the first of them gave, if it reads."""

    number: int
    holders: list[str]
    sealed: Sealed | None


def iter_segments(
    copy: ObjectStore,
    others: Sequence[ObjectStore] = (),
    *,
    left_out: LeftOut | None = None,
    old: OldDatabase | None = None,
) -> Iterator[Sealed]:
    """Every segment with its events, in order, each from the first copy where it follows the last.

    A kill may have left ``copy`` without the last segments: their numbers are not given again.
    A segment that follows in no copy, nor in the ``old`` database, is named in ``left_out``: the
    trail goes on after the gap, and from then on it is known to be broken. So is the one after the
    last where a checkpoint tells that the trail went on, and the last where one tells another root.
    """
    left_out = LeftOut() if left_out is None else left_out
    trail, lost_end = _Trail([copy, *others], left_out, old), LostEnd([copy, *others])
    last = end = 0
    for sealed in _chained(trail, old):
        for event in sealed[1]:
            lost_end.take(event)
        last, end = sealed[0].number, sealed[0].last_event
        yield sealed
    following = segment_key(last + 1)
    if not left_out.names(following) and lost_end.is_lost(end):
        left_out.pass_over(Passed.SEGMENT_UNSOUND, following)
    elif last and lost_end.is_another(end):
        left_out.pass_over(Passed.SEGMENT_UNSOUND, segment_key(last))


def _chained(trail: "_Trail", old: OldDatabase | None) -> Iterator[Sealed]:
    end, expected = _End(), 1
    for this, following in _with_next(trail.reads()):
        gap = (_Read(number, [], None) for number in range(expected, this.number))
        for segment, after in [*((missing, None) for missing in gap), (this, following)]:
            sealed = trail.chosen(segment, end, after)
            if sealed is not None:
                end = end.after(sealed) or _End.of(sealed)
                yield sealed
        expected = this.number + 1
    while old is not None and old.segment(expected) is not None:
        sealed = trail.chosen(_Read(expected, [], None), end, None)
        if sealed is not None:
            end = end.after(sealed) or _End.of(sealed)
            yield sealed
        expected += 1


def _with_next(reads: Iterator[_Read]) -> Iterator[tuple[_Read, _Read | None]]:
    this = next(reads, None)
    while this is not None:
        following = next(reads, None)
        yield this, following
        this = following


class _Trail:
    """The segments of several copies, and of the old database."""

    def __init__(
        self, copies: Sequence[ObjectStore], left_out: LeftOut, old: OldDatabase | None
    ) -> None:
        self._copies = copies
        self._left_out = left_out
        self._old = old

    def reads(self) -> Iterator[_Read]:
        """All segments that a copy lists, ascending, read ahead from the first that holds them."""
        return side_by_side(self._read, self._listed())

    def chosen(self, this: _Read, end: _End, following: _Read | None) -> Sealed | None:
        """The first that follows, and that the next segment follows where it tells.

        ``None`` where none does and none may stand after a gap: then it is named.
        """
        wanted = following.sealed[0].previous_sha256 if following and following.sealed else None
        if this.sealed is not None and _fits(this.sealed, end, wanted):
            return this.sealed
        candidates, not_given = self._candidates(this)
        choices: tuple[Callable[[Sealed], bool], ...] = (
            lambda sealed: _fits(sealed, end, wanted),
            lambda sealed: end.after(sealed) is not None,
            lambda sealed: this.number > end.segment + 1 and _is_whole(sealed, this.number, end),
        )
        for is_right in choices:
            for source, sealed in candidates:
                if is_right(sealed):
                    others = [pair for pair in not_given if pair[0] != source]
                    self._left_out.taken(segment_key(this.number), source, others)
                    return sealed
        require_answering(self._copies, (trouble for _, trouble in not_given))
        self._left_out.pass_over(Passed.SEGMENT_UNSOUND, segment_key(this.number))
        return None

    def _listed(self) -> Iterator[tuple[int, list[str]]]:
        """Numbers with the names of the copies that hold them, ascending."""
        keys = iter_keys_of(self._copies, "audit/", self._left_out)
        for key, found in groupby(keys, key=lambda pair: pair[0]):
            holders = [name for _, name in found]
            named = _NAME.match(key)
            if named is None:
                self._left_out.pass_over(Passed.FOREIGN, key, copies=", ".join(holders))
            else:
                yield int(named[1]), holders

    def _read(self, listed: tuple[int, list[str]]) -> _Read:
        number, holders = listed
        first = next(copy for copy in self._copies if copy.name in holders)
        try:
            return _Read(number, holders, _segment_of(first, number))
        except ArchiveError:
            return _Read(number, holders, None)

    def _candidates(
        self, this: _Read
    ) -> tuple[list[tuple[str, Sealed]], list[tuple[str, ArchiveError]]]:
        """What each place gives; and why a place is not believed, should another be."""
        key = segment_key(this.number)
        given: list[tuple[str, Sealed]] = []
        troubles: list[tuple[str, ArchiveError]] = []
        for copy in self._copies:
            if copy.name in this.holders:
                trouble: ArchiveError = TrailBrokenError(key=key)
                try:
                    given.append((copy.name, _segment_of(copy, this.number)))
                except ArchiveError as raised:
                    trouble = raised
                troubles.append((copy.name, trouble))
        if self._old is not None and (data := self._old.segment(this.number)) is not None:
            given.append((DATABASE, _parsed(key, data)))
        return given, troubles


def _is_whole(sealed: Sealed, number: int, end: _End) -> bool:
    """Whether its events follow each other, and come later than all before."""
    segment, events = sealed
    before = _End(number - 1, segment.previous_sha256, segment.first_event - 1, GENESIS)
    if events:
        before = replace(before, event_sha256=events[0].previous_sha256)
    return segment.first_event > end.event and before.after(sealed) is not None


def _fits(sealed: Sealed, end: _End, wanted: str | None) -> bool:
    return end.after(sealed) is not None and wanted in (None, sealed[0].sha256)


def _segment_of(copy: ObjectStore, number: int) -> Sealed:
    key = segment_key(number)
    return _parsed(key, read(copy, key))


def _parsed(key: str, data: bytes) -> Sealed:
    try:
        head, *lines = (parse_json(line) for line in data.splitlines())
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
