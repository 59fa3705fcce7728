"""Trust, copies, rules and settings against what the log noted of them.

No act of the archive changes them, but for copies: a person says that they know of each change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.db.rolled_back import BROUGHT_BACK
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.evidence.compared.asked_outside import asks_no_fewer
from archive_service.evidence.compared.brought_back import UPGRADED, BroughtBack
from archive_service.evidence.compared.misfit import Misfit
from archive_service.evidence.noting import (
    COPIES,
    LIST,
    RULES,
    SETTINGS,
    TRUST,
    WHOM,
    iter_notes,
    rule_states,
)
from archive_service.services import Services

_OF_COPIES = ("copy:enrolled", "copy:renewed", "copy:joined", "copy:retired")
KNOWN_RULE = "evidence:rules-known"  # its subject is the name of the misfit
_OF_HOME = "home/"  # rules that no upgrade brings


def rule_misfits(services: Services) -> list[Misfit]:
    """Each that changed since the first note, and nobody has said so.

    Of trust only whom it names counts: revocation lists come each day.
    """
    now = rule_states(services)
    with services.read_only() as session:
        content = _LawfulChanges.read(session)
        return [
            *_misfits(session, COPIES, now[COPIES], content),
            *_misfits(session, TRUST, {WHOM: now[TRUST][WHOM]}, content),
            *_misfits(session, RULES, now[RULES], content),
            *_misfits(session, SETTINGS, now[SETTINGS], content),
        ]


def _misfits(
    session: Session, subject: str, now: dict[str, str], lawful: "_LawfulChanges"
) -> Iterator[Misfit]:
    """By its notes as they came, and by what is there ``now``."""
    notes = list(iter_notes(session, subject))
    first = notes[0][0] if notes else 0
    known: dict[str, tuple[int, str]] = {}
    is_whole = subject in (RULES, COPIES)  # what is new there, or gone, is a change as well
    gone = {name: "" for _, states in notes for name in states if is_whole}
    for number, states in chain(notes, [(None, gone | now)] if notes else []):
        for name, digest in states.items():
            is_first = name not in known and (not is_whole or number == first)
            after, before = known.get(name, (first, ""))
            is_change = before != digest and not asks_no_fewer(before, digest)
            if not is_first and name != LIST and is_change:
                named = f"{subject} {name}"
                if not lawful.allows(named, after, number):
                    facts = {"part": subject, "event": after, "log": before, "row": digest}
                    yield Misfit(named, named, facts)
            known[name] = number or 0, digest


@dataclass(frozen=True, slots=True)
class _LawfulChanges:
    """What makes a change lawful: ``known`` are names and events of those who say so.

    ``of_copies`` are the same of acts that bring a copy in, fill it or retire it.
    """

    known: Sequence[tuple[str | None, int]]
    of_copies: Sequence[tuple[str, int]]
    brought_back: BroughtBack

    @classmethod
    def read(cls, session: Session) -> "_LawfulChanges":
        """All of this trail."""
        query = select(AuditEvent.subject_id, AuditEvent.number)
        known = session.execute(query.where(AuditEvent.tag == KNOWN_RULE))
        numbers = [(row.subject_id, row.number) for row in known]
        copies = session.execute(query.where(AuditEvent.tag.in_(_OF_COPIES)))
        of_copies = [(f"{COPIES} {row.subject_id}", row.number) for row in copies]
        return cls(numbers, of_copies, BroughtBack.read(session))

    def allows(self, named: str, after: int, before: int | None) -> bool:
        """Whether a change that was found between these two is lawful."""
        if any(name == named and number >= after for name, number in self.known):
            return True
        acts = (number for name, number in self.of_copies if name == named)
        if any(number > after and (before is None or number < before) for number in acts):
            return True
        by = BROUGHT_BACK if _OF_HOME in named else (*BROUGHT_BACK, UPGRADED)
        return self.brought_back.explains(after, before, by)
