"""A restore, rebuild or upgrade explains what it changed, until a checkpoint has noted that."""

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.rolled_back import BROUGHT_BACK, RESTORED
from archive_service.domain.keeping.act import CHECKPOINT, Act, few_of
from archive_service.domain.keeping.audit_event import AuditEvent

# Brings rules of the product and takes trust in a demo away.
UPGRADED = "archive:upgraded"
_BACKED_UP = "backup:made"
_EVER = dt.datetime.min.replace(tzinfo=dt.UTC)


class _Span(NamedTuple):
    """An event that brought states back, and the last event that may note these."""

    tag: str
    number: int
    until: int | None


class _Lost(NamedTuple):
    """What was given up: from when a backup was begun to the event that tells of its restore."""

    since: dt.datetime
    before: int


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """All such events of a trail; read once for everything that one view is asked."""

    spans: tuple[_Span, ...]
    lost: tuple[_Lost, ...]

    @classmethod
    def read(cls, session: Session) -> "BroughtBack":
        """All of this trail."""
        query = select(AuditEvent.number, AuditEvent.tag, AuditEvent.at, AuditEvent.data)
        tags = (*BROUGHT_BACK, UPGRADED, _BACKED_UP)
        spans, lost, began = list[_Span](), list[_Lost](), dict[str, dt.datetime]()
        events = session.execute(query.where(AuditEvent.tag.in_(tags)).order_by(AuditEvent.number))
        for number, tag, at, data in events.all():
            name = data.get("name", "")
            if tag == _BACKED_UP:
                with suppress(LookupError, TypeError, ValueError):  # told by nobody of ours
                    began[name] = clock.parse_iso(data["started_at"])
                continue
            spans.append(_Span(tag, number, _noted_by(session, at)))
            if tag == RESTORED and name in began:
                lost.append(_Lost(began[name], number))
            elif tag in BROUGHT_BACK and tag != RESTORED:
                lost.append(_Lost(_EVER, number))
        return cls(tuple(spans), tuple(lost))

    def explains(self, after: int, before: int | None, tags: Sequence[str] = BROUGHT_BACK) -> bool:
        """Whether a state of event ``after`` may have become another by one of them.

        The other state was noted by event ``before``; ``None`` is that of now.
        """
        return any(
            number > after
            and (until is None if before is None else number < before <= (until or before))
            for tag, number, until in self.spans
            if tag in tags
        )

    def forgets(self, number: int, at: dt.datetime) -> bool:
        """Whether rows may know nothing of this event: no backup that came back had it."""
        return any(at >= since and number < before for since, before in self.lost)


def _noted_by(session: Session, at: dt.datetime) -> int | None:
    """The last event that the first checkpoint after ``at`` may be over."""
    made = select(func.min(Act.at)).where(few_of(CHECKPOINT), Act.at > at)
    first = session.scalar(made)
    if first is None:
        return None
    return session.scalar(select(func.max(AuditEvent.number)).where(AuditEvent.at <= first))
