"""Whether the trail was put back: somebody outside the database remembers more than it does."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.errors import ConflictError

ROLLED_BACK = "evidence:rolled-back"  # found: a checkpoint covers more events than there are
ACKNOWLEDGED = "evidence:loss-acknowledged"
RESTORED = "archive:restored"  # a backup came back: what was sealed since is given up
BROUGHT_BACK = ("archive:rebuilt", RESTORED)  # older states came back lawfully
RECOVERED = "evidence:log-recovered"  # the log fits again all that was found
_PEOPLE = 2  # who have to know what was lost before anything is destroyed or handed over


class TrailRolledBackError(ConflictError):
    """Nothing is handed over: the trail was put back, and two people have not said they know."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What is open: the event that tells it, its facts, and who has acknowledged it so far."""

    event: int
    facts: dict[str, Any]
    acknowledged_by: Sequence[str]
    at_a_page: bool  # whether one of them did, and not at the shell in whoever's name

    @property
    def wanting(self) -> int:
        """How many more people have to."""
        return max(_PEOPLE - len(self.acknowledged_by), 0 if self.at_a_page else 1)

    @property
    def marks(self) -> frozenset[tuple[int, str]]:
        """Size and root (base64) of each checkpoint that was found."""
        return frozenset((claim["size"], claim["root"]) for claim in self.facts["claims"])

    def known_to(self, account: str, *, at_a_page: bool) -> "Loss":
        """The same, once this account has said so."""
        people = list(dict.fromkeys([*self.acknowledged_by, account]))
        return replace(self, acknowledged_by=people, at_a_page=self.at_a_page or at_a_page)


def iter_losses(session: Session) -> Iterator[Loss]:
    """Every find in its order, with who acknowledged it before the next."""
    row = select(
        AuditEvent.number, AuditEvent.tag, AuditEvent.data, AuditEvent.account, AuditEvent.os_user
    )
    query = row.where(AuditEvent.tag.in_((ROLLED_BACK, ACKNOWLEDGED))).order_by(AuditEvent.number)
    loss: Loss | None = None
    for one in session.execute(query):
        if one.tag == ROLLED_BACK:
            if loss is not None:
                yield loss
            loss = Loss(one.number, one.data, [], at_a_page=False)
        elif loss is not None:
            loss = loss.known_to(one.account, at_a_page=not one.os_user)
    if loss is not None:
        yield loss


def known_losses(session: Session) -> frozenset[tuple[int, str]]:
    """Marks of every checkpoint that two people know nothing answers to any more.

    Such a one stays outside for good, and the log that went on from before never gives its root.
    Who acknowledges a find knows of those before it.
    """
    known: frozenset[tuple[int, str]] = frozenset()
    found: frozenset[tuple[int, str]] = frozenset()
    for loss in iter_losses(session):
        found |= loss.marks
        if not loss.wanting:
            known = found
    return known


def open_loss(session: Session) -> Loss | None:
    """What was found and is neither acknowledged by two people nor recovered; of the last find."""
    last = next(iter(deque(iter_losses(session), maxlen=1)), None)
    if last is None or not last.wanting:
        return None
    of_recovery = select(func.max(AuditEvent.number)).where(AuditEvent.tag == RECOVERED)
    return None if (session.scalar(of_recovery) or 0) > last.event else last


def require_no_loss(session: Session) -> None:
    """``TrailRolledBackError`` while one is open."""
    loss = open_loss(session)
    if loss is not None:
        raise TrailRolledBackError(wanting=loss.wanting)
