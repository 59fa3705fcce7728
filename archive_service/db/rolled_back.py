"""Whether the trail was put back: somebody outside the database remembers more than it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.errors import ConflictError

ROLLED_BACK = "evidence:rolled-back"  # found: a checkpoint covers more events than there are
ACKNOWLEDGED = "evidence:loss-acknowledged"
RECOVERED = "evidence:log-recovered"  # the log fits again all that was found
_PEOPLE = 2  # who have to know what was lost before anything is destroyed or handed over


class TrailRolledBackError(ConflictError):
    """Nothing is handed over: the trail was put back, and two people have not said they know."""

    code = "trail-rolled-back"


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


def known_losses(session: Session) -> frozenset[tuple[int, str]]:
    """Size and root (base64) of every checkpoint that two people know nothing answers to any more.

    Such a one stays outside for good, and the log that went on from before never gives its root.
    """
    tags = ROLLED_BACK, ACKNOWLEDGED
    query = select(AuditEvent.tag, AuditEvent.data, AuditEvent.account, AuditEvent.os_user)
    known: set[tuple[int, str]] = set()
    found: set[tuple[int, str]] = set()
    loss = Loss(0, {}, [], at_a_page=False)
    for one in session.execute(query.where(AuditEvent.tag.in_(tags)).order_by(AuditEvent.number)):
        if one.tag == ROLLED_BACK:
            found |= {(claim["size"], claim["root"]) for claim in one.data["claims"]}
            loss = Loss(0, {}, [], at_a_page=False)
            continue
        people = list(dict.fromkeys([*loss.acknowledged_by, one.account]))
        loss = Loss(0, {}, people, at_a_page=loss.at_a_page or not one.os_user)
        if not loss.wanting:
            known |= found
    return frozenset(known)


def open_loss(session: Session) -> Loss | None:
    """What was found and is neither acknowledged by two people nor recovered; of the last find."""
    query = select(AuditEvent.number, AuditEvent.data).where(AuditEvent.tag == ROLLED_BACK)
    found = session.execute(query.order_by(AuditEvent.number.desc()).limit(1)).first()
    if found is None:
        return None
    of_recovery = select(func.max(AuditEvent.number)).where(AuditEvent.tag == RECOVERED)
    if (session.scalar(of_recovery) or 0) > found.number:
        return None
    since = AuditEvent.tag == ACKNOWLEDGED, AuditEvent.number > found.number
    told = select(AuditEvent.account, AuditEvent.os_user).where(*since).order_by(AuditEvent.number)
    known = session.execute(told).all()
    accounts = list(dict.fromkeys(row.account for row in known))
    at_a_page = any(not row.os_user for row in known)
    loss = Loss(found.number, found.data, accounts, at_a_page=at_a_page)
    return loss if loss.wanting else None


def require_no_loss(session: Session) -> None:
    """``TrailRolledBackError`` while one is open."""
    loss = open_loss(session)
    if loss is not None:
        raise TrailRolledBackError(wanting=loss.wanting)
