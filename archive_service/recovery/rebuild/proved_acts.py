"""Acts that the trail of the copies tells of; one that somebody planted there is not taken in."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Self

from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.errors import IntegrityViolationError
from archive_service.evidence.noting import ACTS, NOTED, OVERLAP, PROVE_THEMSELVES, act_state
from archive_service.evidence.outside.renewals import RENEWAL
from archive_service.evidence.outside.stamping import STAMP
from archive_service.recovery.rebuild.trail import Sealed

_SIGNED = {*PROVE_THEMSELVES, STAMP, RENEWAL}
_NAMES_CHARS = (36, 64)  # of an id, and of the digest of a paper
_APART_S = 120  # a paper may be made and stamped between an act and its event


class ActUnprovedError(IntegrityViolationError):
    """No event tells of this act, or one tells another digest."""


@dataclass(slots=True)
class ProvedActs:
    """What the segments tell of acts: their digests, and when anything happened to what."""

    _noted: dict[str, str] = field(default_factory=dict)
    _moments: dict[str, list[float]] = field(default_factory=dict)
    _all_noted_by: dt.datetime | None = None

    @classmethod
    def read(cls, segments: Iterable[Sealed]) -> Self:
        """All of a trail."""
        told = cls()
        for event in chain.from_iterable(events for _, events in segments):
            if (event.tag, event.subject_id) == (NOTED, ACTS):
                told._noted |= {str(name): str(state) for name, state in _states(event.data)}
                told._all_noted_by = event.at - OVERLAP
            else:
                told._note(event)
        for moments in told._moments.values():
            moments.sort()
        return told

    def _note(self, event: AuditEvent) -> None:
        named = {word for word in _words(event.data) if len(word) in _NAMES_CHARS}
        for subject in {event.subject_id or "", *named}:
            self._moments.setdefault(subject, []).append(event.at.timestamp())

    def require(self, act: Act, *, everywhere: bool) -> None:
        """Of an act that no note tells an event has to, of its moment and of what it is about.

        Notes tell of every act that has lain ``everywhere`` for a while. Checkpoints, stamps and
        what witnesses said are signed: whoever verifies the trail judges them.

        Raises:
            ActUnprovedError: the trail tells otherwise, or not of it.
        """
        noted = self._noted.get(str(act.id))
        if noted is not None:
            proved = noted == act_state(act)
        elif act.kind in _SIGNED:
            proved = True
        elif everywhere and self._all_noted_by is not None and act.at < self._all_noted_by:
            proved = False
        else:
            spoken = _words([str(act.id), act.subject_id, act.document, act.companion_sha256])
            proved = any(self._happened(word, act.at.timestamp()) for word in spoken)
        if not proved:
            raise ActUnprovedError(id=str(act.id), kind=act.kind)

    def _happened(self, subject: str, moment: float) -> bool:
        moments = self._moments.get(subject, ())
        first = bisect_left(moments, moment - _APART_S)
        return first < len(moments) and moments[first] <= moment + _APART_S


def _states(data: object) -> Iterable[tuple[object, object]]:
    states = data.get("states") if isinstance(data, dict) else None
    return states.items() if isinstance(states, dict) else ()


def _words(told: Any) -> Iterator[str]:
    """Whatever it names; of a subject that is in parts its first as well."""
    if isinstance(told, str):
        yield from (told, told.partition(":")[0])
    elif isinstance(told, dict):
        yield from chain.from_iterable(map(_words, told.values()))
    elif isinstance(told, list):
        yield from chain.from_iterable(map(_words, told))
