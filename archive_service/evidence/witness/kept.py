"""Cosignatures that witnesses gave, as acts hold them: what they are worth, and for how long."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.act import COSIGNATURE, Act, few_of
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.transfer.partner import PARTNER, PARTNER_KEPT
from archive_service.evidence.checkpoint import Checkpoint, parse_held
from archive_service.evidence.witness.cosignature import (
    WitnessKeyError,
    cosigned_at,
    parse_vkey,
)

PINNED = "witness_key"  # in an event of a partner: the key that it cosigns with
_APART = dt.timedelta(minutes=1)  # an act and its event, noted together


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint with the cosignature of the witness ``by``; ``vkey`` is the key it names."""

    by: str
    checkpoint: Checkpoint
    line: str
    vkey: str

    @classmethod
    def of(cls, document: dict[str, Any]) -> "Cosigned":
        """As an act holds it; what does not read there is sound by no key."""
        by, line, vkey = (str(document.get(name)) for name in ("by", "line", "vkey"))
        return cls(by, parse_held(str(document.get("note"))), line, vkey)

    def is_sound(self) -> bool:
        """Whether the key that it names made it."""
        try:
            key = parse_vkey(self.vkey)
        except WitnessKeyError:
            return False
        return cosigned_at(self.checkpoint, self.line, key) is not None


@dataclass(frozen=True, slots=True)
class Worth:
    """Of cosignatures: those that count, what is wrong, and how many are of keys nobody names."""

    counted: Sequence[Cosigned]
    wrong: Sequence[str]
    not_counted: int


def worth_of(kept: Iterable[Cosigned], vkeys: AbstractSet[str]) -> Worth:
    """Those by one of these keys count; whoever could write here could write others as well."""
    counted, wrong, others = list[Cosigned](), list[str](), 0
    for cosigned in kept:
        if not cosigned.is_sound():
            wrong.append(f"cosignature-unsound: {cosigned.by} {cosigned.checkpoint.size}")
        elif cosigned.vkey in vkeys:
            counted.append(cosigned)
        else:
            others += 1
    return Worth(counted, wrong, others)


def iter_cosigned(session: Session) -> Iterator[Cosigned]:
    """All of them, the oldest first."""
    query = select(Act.document).where(few_of(COSIGNATURE)).order_by(Act.at, Act.id)
    return map(Cosigned.of, session.scalars(query))


def pinned_vkeys(session: Session) -> set[str]:
    """Keys of witnesses that people ever named, by the events that tell so.

    An act alone pins nothing: whoever writes rows could have invented the witness. Events of
    earlier releases tell of a partner without its key, which the act beside them does.
    """
    query = select(AuditEvent.subject_id, AuditEvent.at, AuditEvent.data)
    events = session.execute(query.where(AuditEvent.tag.in_(PARTNER_KEPT))).all()
    pinned = {str(event.data[PINNED]) for event in events if event.data.get(PINNED)}
    earlier = [(event.subject_id, event.at) for event in events if PINNED not in event.data]
    named = Act.document["partner"]["witness_key"].as_string()
    acts = session.execute(select(Act.subject_id, Act.at, named).where(few_of(PARTNER)))
    for subject, at, key in acts:
        if key and any(subject == of and abs(at - moment) < _APART for of, moment in earlier):
            pinned.add(key)
    return pinned


def cosigners_since(session: Session, since: dt.datetime) -> set[str]:
    """Witnesses that cosigned what fits, from this moment on."""
    fits = Act.document["contradicts"].as_boolean().is_(False)
    recent = select(Act.document["by"].as_string()).where(few_of(COSIGNATURE), Act.at >= since)
    return {row for row in session.scalars(recent.where(fits)) if row}
