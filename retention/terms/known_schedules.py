"""Which schedules hold: those that ship and those adopted here, each until the next of its code."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import law
from archive_service.domain.retention.retention import (
    RetentionSchedule,
    ScheduleState,
)
from archive_service.law import RuleSet, RuleSetMeta
from retention.terms.rules import FOLDER, RetentionRule, Schedules

_KEPT = "retention-schedules"  # in ``session.info``, for the life of one session


def known_schedules(session: Session) -> Schedules:
    """Those that ship and those adopted here, as they stand; read once for a session."""
    if _KEPT not in session.info:
        session.info[_KEPT] = Schedules(known_rule_sets(session))
    found: Schedules = session.info[_KEPT]
    return found


def forget_known(session: Session) -> None:
    """One was adopted or dropped: what ``known_schedules`` read before does not stand."""
    session.info.pop(_KEPT, None)


def schedules_with(session: Session, draft: RetentionSchedule) -> Schedules:
    """Those that ship, those adopted here, and a draft as if it were adopted too."""
    return Schedules(known_rule_sets(session, draft))


def newer_rule(known: Schedules, kept: Mapping[str, Any], on: dt.date) -> RetentionRule | None:
    """The rule of the same code in force on the day, where it says another term or source."""
    if kept.get("basis") not in ("schedule", "equivalent"):
        return None
    now = known.find(str(kept["code"]), on)
    own = kept.get("raised_from", kept.get("years"))
    rule = (own, kept.get("event"), kept.get("citation"))
    if now is None or rule == (now.years, now.event, now.citation):
        return None
    if kept["basis"] == "equivalent" and rule[1:] == (now.event, now.citation):
        longer = own is None or (now.years is not None and own >= now.years)
        return None if longer else now
    return now


@lru_cache(maxsize=1)
def shipped_schedules() -> tuple[RuleSet, ...]:
    """Those of ``config/``, each of whose rows cites its source."""
    paths = sorted(FOLDER.glob("*.toml"))
    return tuple(law.load_rule_set(path, each_row_cites=True) for path in paths)


def last_days(session: Session) -> dict[tuple[str, int], dt.date | None]:
    """By code and edition, until when what was adopted holds; before its first day: never."""
    return {
        (rule_set.meta.code, edition): rule_set.meta.valid_to
        for edition, rule_set in _in_turn(session)
    }


def known_rule_sets(session: Session, draft: RetentionSchedule | None = None) -> list[RuleSet]:
    """Those that ship and those adopted here, with a draft as if it were adopted too."""
    return [
        rule_set
        for _, rule_set in _in_turn(session, draft)
        if rule_set.meta.valid_to is None or rule_set.meta.valid_to >= rule_set.meta.valid_from
    ]


def _in_turn(
    session: Session, draft: RetentionSchedule | None = None
) -> Iterator[tuple[int, RuleSet]]:
    """Each with its edition; it ends on the day before the next one of its code begins.

    The next is told by its first day, whichever was loaded first; of one day the newer edition.
    """
    query = select(RetentionSchedule).where(RetentionSchedule.state == ScheduleState.ADOPTED)
    rows = [*session.scalars(query), *([draft] if draft else [])]
    known = [(1, shipped_schedule) for shipped_schedule in shipped_schedules()]
    for row in rows:
        rules = tuple(row.document["rules"])
        known.append(
            (row.edition, RuleSet(meta_of(row.document["rule_set"]), rules, Path(row.code)))
        )
    begins: dict[str, dt.date] = {}  # of the one that follows
    for edition, rule_set in sorted(known, key=_begins, reverse=True):
        code = rule_set.meta.code
        yield edition, replace(rule_set, meta=_ended(rule_set.meta, begins.get(code)))
        begins[code] = rule_set.meta.valid_from


def _begins(known: tuple[int, RuleSet]) -> tuple[str, dt.date, int]:
    edition, rule_set = known
    return rule_set.meta.code, rule_set.meta.valid_from, edition


def _ended(meta: RuleSetMeta, later: dt.date | None) -> RuleSetMeta:
    """It holds until a later edition begins."""
    if later is None:
        return meta
    last = later - dt.timedelta(days=1)
    return replace(meta, valid_to=last if meta.valid_to is None else min(meta.valid_to, last))


def meta_of(facts: Mapping[str, Any]) -> RuleSetMeta:
    """The head of a schedule's document."""
    return RuleSetMeta(
        code=facts["code"],
        title=facts.get("title", ""),
        instrument=facts.get("instrument", ""),
        article=facts.get("article", ""),
        valid_from=dt.date.fromisoformat(facts["valid_from"]),
        valid_to=dt.date.fromisoformat(facts["valid_to"]) if facts.get("valid_to") else None,
        note=facts.get("note", ""),
    )
