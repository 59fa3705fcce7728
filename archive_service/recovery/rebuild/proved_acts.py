"""Acts that the trail of the copies tells of; one that somebody planted there is not taken in."""

import datetime as dt
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from threading import Lock
from typing import Any

from archive_service.audit import NOTED, segment_key
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.enrolled_copy import COPY_ACT
from archive_service.errors import IntegrityViolationError
from archive_service.evidence.compared.told_acts import (
    ACTS,
    OVERLAP,
    PROVE_THEMSELVES,
    WHOLE,
    act_state,
    digests_of,
)
from archive_service.evidence.outside.renewals import RENEWAL
from archive_service.evidence.outside.stamping import STAMP
from archive_service.recovery.rebuild.left_out import LeftOut, Passed
from archive_service.recovery.rebuild.old_database import OldDatabase
from archive_service.recovery.rebuild.trail import iter_segments
from archive_service.storage.port import ObjectStore

_STAMPS = STAMP, RENEWAL
_NAMES_CHARS = (36, 64)  # of an id, and of the digest of a paper
_APART_S = 120  # a paper may be made and stamped between an act and its event
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
_FOR_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class ActUnprovedError(IntegrityViolationError):
    """No event tells of this act, or one tells another digest."""


class ProvedActs:
    """What the trail in these copies, and in the ``old`` database, tells of acts.

    It is read when the first act is asked about, and once.
    """

    def __init__(self, copies: Sequence[ObjectStore], *, old: OldDatabase | None = None) -> None:
        self._copies, self._old = list(copies), old
        self._lock = Lock()
        self._told: _ToldActs | None = None

    def over(self, copies: Sequence[ObjectStore]) -> "ProvedActs":
        """The same where these are the very copies it is of; else it is read from these."""
        if {copy.name for copy in copies} == {copy.name for copy in self._copies}:
            return self
        return ProvedActs(copies, old=self._old)

    def require(self, act: Act, *, everywhere: bool) -> bool:
        """An event has to tell its digest. Checkpoints, stamps and what witnesses said are signed:
        whoever verifies the trail judges them.

        Where the trail ends before the note that all are told, as earlier releases left it, an
        event of its moment and of what it is about will do. Their notes tell of every act that has
        lain ``everywhere`` for a while, so that of several copies the event has to be newer than
        the last note but one.

        Returns:
            False: nothing tells of it, but what did may have stood in a part of the trail that is
            lost. An act that says which copies count has to be proved in any case.

        Raises:
            ActUnprovedError: the trail tells otherwise, or not of it.
        """
        with self._lock:
            if self._told is None:
                self._told = _read(self._copies, self._old)
            acts_told = self._told
        digest = acts_told.digests.get(str(act.id))
        may_be_lost = act.at < acts_told.lost_until or act.at >= acts_told.lost_from
        # A stamp whose event is lost is told of anew, for every act has to be.
        is_told_anew = acts_told.all_told and may_be_lost
        if digest is not None:
            proved = digest == act_state(act)
        elif act.kind in PROVE_THEMSELVES or (act.kind in _STAMPS and not is_told_anew):
            proved = True
        else:
            all_noted = everywhere and not may_be_lost
            proved = not acts_told.all_told and self._was_at_its_moment(
                act, acts_told, all_noted=all_noted
            )
            if not proved and may_be_lost and act.kind != COPY_ACT:
                return False
        if not proved:
            raise ActUnprovedError(id=str(act.id), kind=act.kind)
        return True

    def _was_at_its_moment(self, act: Act, acts_told: "_ToldActs", *, all_noted: bool) -> bool:
        is_late = all_noted and act.at < acts_told.noted_until
        # One copy alone tells nothing of those that had not caught up.
        after = acts_told.noted_all if all_noted and len(self._copies) > 1 else 0
        return not is_late and acts_told.happened_about(act, after=after)


@dataclass(slots=True)
class _ToldActs:
    """Digests of acts, and whether all are told; of older trails when anything happened to what."""

    digests: dict[str, str] = field(default_factory=dict)
    all_told: bool = False  # no act was left that no event told of
    noted_until: dt.datetime = _NEVER  # of acts that lie everywhere
    noted_all: int = 0  # what lies everywhere and has its event up to this one is noted
    lost_until: dt.datetime = _NEVER  # of acts before it a lost part of the trail may have told
    lost_from: dt.datetime = _FOR_EVER  # and of these its lost end
    _last: dt.datetime = _NEVER  # moment of the newest event
    _total: int = 0
    _note: int = 0  # number of the newest note
    _moments: dict[str, list[tuple[float, int]]] = field(default_factory=dict)

    def take_segment(self, events: Iterable[AuditEvent]) -> None:
        """All of it goes out after its notes: what they could not tell yet the next ones do."""
        before = self._note
        for event in events:
            self._last = max(self._last, event.at)
            with suppress(AttributeError, LookupError, TypeError, ValueError):
                digests = digests_of(event.tag, event.subject_id, event.data)
                for name, digest in digests.items():
                    self.digests.setdefault(name, digest)  # what is told once stays
            if (event.tag, event.subject_id) == (NOTED, ACTS):
                self._take_note(event)
                self.noted_all, self._note = before, event.number
            else:
                self._take(event)

    def _take(self, event: AuditEvent) -> None:
        named = {word for word in _words(event.data) if len(word) in _NAMES_CHARS}
        for subject in {event.subject_id or "", *named}:
            moment = event.at.timestamp(), event.number
            self._moments.setdefault(subject, []).append(moment)

    def lost_before(self, event: AuditEvent) -> None:
        """Something of the trail is missing before it."""
        self.lost_until = max(self.lost_until, event.at + OVERLAP)

    def lost_at_the_end(self) -> None:
        """Something of the trail is missing after all that was read."""
        self.lost_from = _NEVER if self._last == _NEVER else self._last - OVERLAP

    def _take_note(self, event: AuditEvent) -> None:
        states, total = event.data.get("states"), event.data.get("total")
        after = self._total + (len(states) if isinstance(states, dict) else 0)
        if total != after:
            self.lost_before(event)
        self._total = total if isinstance(total, int) else after
        self.noted_until = event.at - OVERLAP
        self.all_told = bool(event.data.get(WHOLE))

    def in_order(self) -> None:
        for moments in self._moments.values():
            moments.sort()

    def happened_about(self, act: Act, *, after: int) -> bool:
        """Whether anything happened at its moment to what it is about, ``after`` this event."""
        spoken = _words([str(act.id), act.subject_id, act.document, act.companion_sha256])
        return any(self._happened(word, act.at.timestamp(), after) for word in spoken)

    def _happened(self, subject: str, moment: float, after: int) -> bool:
        moments = self._moments.get(subject, [])
        first = bisect_left(moments, (moment - _APART_S, 0))
        last = bisect_left(moments, (moment + _APART_S, sys.maxsize))
        return any(number > after for _, number in moments[first:last])


def _read(copies: Sequence[ObjectStore], old: OldDatabase | None) -> _ToldActs:
    acts_told = _ToldActs()
    left_out = LeftOut()  # named when the trail is restored
    expected, is_lost = 1, False
    for segment, events in iter_segments(copies[0], copies[1:], left_out=left_out, old=old):
        is_lost = is_lost or segment.number != expected
        if is_lost and events:
            acts_told.lost_before(events[0])
            is_lost = False
        acts_told.take_segment(events)
        expected = segment.number + 1
    unsound = (act.key for act in left_out.passed_over if act.why is Passed.SEGMENT_UNSOUND)
    if is_lost or any(key >= segment_key(expected - 1) for key in unsound):
        acts_told.lost_at_the_end()
    acts_told.in_order()
    return acts_told


def _words(value: Any) -> Iterator[str]:
    """Whatever it names; of a subject that is in parts its first as well."""
    if isinstance(value, str):
        yield from (value, value.partition(":")[0])
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(_words, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_words, value))
