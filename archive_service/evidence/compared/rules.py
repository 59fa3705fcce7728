"""Trust, rules and settings against what the log noted of them.

They are files that no act of the archive changes: a person says that they know of each change.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.evidence.compared.asked_outside import asks_no_fewer
from archive_service.evidence.compared.misfit import BROUGHT_BACK, Misfit
from archive_service.evidence.noting import (
    LIST,
    RULES,
    SETTINGS,
    TRUST,
    WHOM,
    iter_notes,
    rule_states,
)
from archive_service.services import Services

KNOWN_RULE = "evidence:rules-known"  # its subject is the name of the misfit
# Bring a home back, or bring rules of the product and take trust in a demo away.
_UPGRADED = "archive:upgraded"
_LAWFUL = (*BROUGHT_BACK, _UPGRADED)
_OF_HOME = "home/"  # rules that no upgrade brings


def rule_misfits(services: Services) -> list[Misfit]:
    """Each that changed since the first note, and nobody has said so.

    Of trust only whom it names counts: revocation lists come each day.
    """
    now = rule_states(services)
    with services.read_only() as session:
        tags = (*_LAWFUL, KNOWN_RULE)
        query = select(AuditEvent).where(AuditEvent.tag.in_(tags))
        told = list(session.scalars(query))
        return [
            *_misfits(session, TRUST, {WHOM: now[TRUST][WHOM]}, told),
            *_misfits(session, RULES, now[RULES], told),
            *_misfits(session, SETTINGS, now[SETTINGS], told),
        ]


def _misfits(
    session: Session, subject: str, now: dict[str, str], told: Sequence[AuditEvent]
) -> Iterator[Misfit]:
    """By its notes as they came, and by what is there ``now``."""
    notes = list(iter_notes(session, subject))
    first = notes[0][0] if notes else 0
    known: dict[str, tuple[int, str]] = {}
    gone = {name: "" for _, states in notes for name in states if subject == RULES}
    for number, states in chain(notes, [(None, gone | now)] if notes else []):
        for name, digest in states.items():
            is_first = name not in known and (subject != RULES or number == first)
            after, before = known.get(name, (first, ""))
            is_change = before != digest and not asks_no_fewer(before, digest)
            if not is_first and name != LIST and is_change:
                named = f"{subject} {name}"
                if not any(_allows(audit_event, named, after, number) for audit_event in told):
                    facts = {"part": subject, "event": after, "log": before, "row": digest}
                    yield Misfit(named, named, facts)
            known[name] = number or 0, digest


def _allows(told: AuditEvent, named: str, after: int, before: int | None) -> bool:
    """Whether this event makes a change lawful that was found between these two."""
    if told.number < after:
        return False
    if told.tag == KNOWN_RULE:
        return told.subject_id == named
    is_ours = told.tag != _UPGRADED or _OF_HOME not in named
    return is_ours and (before is None or told.number < before)
