"""A restore, rebuild or upgrade explains what it changed, until a checkpoint has noted that."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.act import CHECKPOINT, Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.evidence.compared.misfit import BROUGHT_BACK


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """Each event that brought states back, and the last event that may note these."""

    spans: tuple[tuple[int, int | None], ...]

    @classmethod
    def read(cls, session: Session, tags: Sequence[str] = BROUGHT_BACK) -> "BroughtBack":
        """All of this trail; ``tags`` are those of the events."""
        query = select(AuditEvent.number, AuditEvent.at).where(AuditEvent.tag.in_(tags))
        events = session.execute(query.order_by(AuditEvent.number)).all()
        return cls(tuple((number, _noted_by(session, at)) for number, at in events))

    @property
    def last(self) -> int:
        """The newest of these events; 0 where there is none."""
        return max((number for number, _ in self.spans), default=0)

    def explains(self, after: int, before: int | None) -> bool:
        """Whether a state of event ``after`` may have become another by one of them.

        The other state was noted by event ``before``; ``None`` is that of now.
        """
        return any(
            number > after
            and (until is None if before is None else number < before <= (until or before))
            for number, until in self.spans
        )


def _noted_by(session: Session, at: dt.datetime) -> int | None:
    """The last event that the first checkpoint after ``at`` may be over."""
    made = select(func.min(Act.at)).where(Act.kind == CHECKPOINT, Act.at > at)
    first = session.scalar(made)
    if first is None:
        return None
    return session.scalar(select(func.max(AuditEvent.number)).where(AuditEvent.at <= first))
