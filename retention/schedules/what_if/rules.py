"""A draft of a schedule tried on what is kept: which last days would be others.

Nothing that lives is touched: case files are read, and only ``what_if`` and its items are written.
A case file keeps its rule when a schedule is adopted; this is what classifying it anew would say.
"""

import datetime as dt
import enum
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    String,
    and_,
    cast,
    func,
    select,
)
from sqlalchemy.orm import Session

from archive_service.db.held import held_condition
from archive_service.db.listed import is_listed
from archive_service.db.many_rows import write_rows
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.retention.retention import (
    RetentionEvent,
    RetentionSchedule,
    WhatIf,
    WhatIfItem,
)
from archive_service.errors import InputError
from retention.schedules.schedules import codes_of
from retention.terms.changes import Happened
from retention.terms.dates import job_ended_on, term_days
from retention.terms.known_schedules import schedules_with
from retention.terms.rules import (
    OTHER_PERIOD,
    RetentionRule,
    Schedules,
    document_terms,
    longest,
    raised,
)

AT_ONCE = 20_000  # case files of one slice
_REMEMBERED = 100_000  # reckonings kept in mind
_UNKNOWN = object()
_NONE: frozenset[str] = frozenset()
_OF_SCHEDULES = ("schedule", "equivalent")  # bases of a rule that a schedule may move
_APART = "\x1f"  # between terms that a database puts into one string
_Found = Row[str, str, str, dt.date | None, bool, CaseState, bool, bool, int, str | None]


class Turn(enum.StrEnum):
    """How a last day would move; words in ``labels.what-if-turn``."""

    EARLIER = "earlier"
    LATER = "later"
    PERMANENT = "permanent"  # it would be kept for ever
    ENDING = "ending"  # it would no longer be
    WAITING = "waiting"  # its last day would be known only when something happens
    KNOWN = "known"  # it would no longer wait


class Conflict(enum.StrEnum):
    """Why a move is not as simple as that; words in ``labels.what-if-conflict``."""

    HELD = "held"
    PROPOSED = "proposed"  # stands on a list that is not over
    TRANSFERRED = "transferred"


@dataclass(frozen=True, slots=True)
class Term:
    """Until when: a last day, for ever, or neither where it waits for an event."""

    ends_on: dt.date | None
    permanent: bool

    @property
    def year(self) -> str:
        """The key of its bar in a chart by year."""
        if self.permanent:
            return "permanent"
        return str(self.ends_on.year) if self.ends_on else "waiting"


@dataclass(frozen=True, slots=True)
class Move:
    """From one term to another, by the entry of this code."""

    rule: str
    before: Term
    after: Term

    @property
    def turn(self) -> Turn:
        """How the one differs from the other; they are not equal."""
        before, after = self.before, self.after
        if after.permanent:
            return Turn.PERMANENT
        if before.permanent:
            return Turn.ENDING
        if after.ends_on is None:
            return Turn.WAITING
        if before.ends_on is None:
            return Turn.KNOWN
        return Turn.LATER if after.ends_on > before.ends_on else Turn.EARLIER


class WhatIfCounts(BaseModel):
    """What a trial counted: pairs are case files and bytes; ``years`` as it is and would be."""

    # It grows with years and rules, never with case files.
    looked: int
    moved: int
    moved_bytes: int
    gone: int  # whose entry the draft leaves out: they keep their rule
    unclear: int  # whose dates cannot be reckoned
    due: int  # whose term would be over on the day of the trial, and is not now
    turns: dict[str, list[int]]
    conflicts: dict[str, int]
    rules: dict[str, list[int]]  # by code
    years: dict[str, list[int]]  # by year, permanent or waiting; of what moves alone

    @classmethod
    def of_nothing(cls) -> Self:
        """Before a case file was looked at."""
        zero = ("looked", "moved", "moved_bytes", "gone", "unclear", "due")
        return cls(**dict.fromkeys(zero, 0), turns={}, conflicts={}, rules={}, years={})

    def add(self, move: "Move", conflict: str, tally: tuple[int, int], on: dt.date) -> None:
        """So many case files, and bytes, that move alike."""
        count, size = tally
        self.moved, self.moved_bytes = self.moved + count, self.moved_bytes + size
        _add(self.turns, move.turn.value, 2, (0, count, size))
        _add(self.rules, move.rule, 2, (0, count, size))
        _add(self.years, move.before.year, 4, (0, count, size))
        _add(self.years, move.after.year, 4, (2, count, size))
        for kind in filter(None, conflict.split(",")):
            self.conflicts[kind] = self.conflicts.get(kind, 0) + count
        if _is_over(move.after, on) and not _is_over(move.before, on):
            self.due += count


class Trial:
    """A draft, and what it makes of a case file; what is equal is reckoned once."""

    def __init__(self, known: Schedules, codes: Iterable[str], on: dt.date) -> None:
        """``codes`` of the rules that the draft may move; ``on``: the day it is tried for."""
        self._known, self._on = known, on
        self.codes = sorted(codes)
        self.counts_events = any(rule.event for rule in map(self._find, self.codes) if rule)
        self._rules: dict[tuple[str, frozenset[str]], RetentionRule | None] = {}
        self._bases: dict[str, str] = {}
        self._moves: dict[tuple[object, ...], Move | str | None] = {}

    def rule(self, kept: str, terms: frozenset[str]) -> RetentionRule | None:
        """The rule instead of the one kept as JSON, raised to the documents' terms.

        ``None``: the draft has no entry of this code, or the rule is of no schedule.
        """
        key = (kept, terms)
        if key not in self._rules:
            self._rules[key] = self._rule(RetentionRule.from_document(json.loads(kept)), terms)
        return self._rules[key]

    def reaches(self, kept: str) -> bool:
        """Whether the rule kept as JSON is of a schedule, and not decided on by a disposition."""
        if kept not in self._bases:
            if len(self._bases) >= _REMEMBERED:
                self._bases.clear()
                self._rules.clear()
            self._bases[kept] = json.loads(kept).get("basis")
        return self._bases[kept] in _OF_SCHEDULES

    def move(
        self, kept: str, terms: frozenset[str], end_date: str, before: Term, happened: Happened
    ) -> Move | str | None:
        """How its term would move; the name of a count of ``WhatIfCounts``; ``None``: it stays."""
        if happened:
            return self._move(kept, terms, end_date, before, happened)
        key = (kept, terms, end_date, before.ends_on, before.permanent)
        if (known := self._moves.get(key, _UNKNOWN)) is not _UNKNOWN:
            return known  # type: ignore[return-value]  # mypy does not know the mark
        if len(self._moves) >= _REMEMBERED:
            self._moves.clear()
        self._moves[key] = found = self._move(kept, terms, end_date, before, happened)
        return found

    def _move(
        self, kept: str, terms: frozenset[str], end_date: str, before: Term, happened: Happened
    ) -> Move | str | None:
        rule = self.rule(kept, terms)
        if rule is None:
            return "gone"
        try:
            days = term_days(rule, job_ended_on(end_date), happened.get(rule.event or ""))
        except InputError:
            return "unclear"
        after = Term(days[1], rule.permanent)
        return None if after == before else Move(rule.code, before, after)

    def _rule(self, kept: RetentionRule, terms: frozenset[str]) -> RetentionRule | None:
        now = self._find(kept.code)
        if now is None or kept.basis not in _OF_SCHEDULES:
            return None
        if kept.basis == "equivalent":  # a person chose no fewer years than these
            own = kept.years if kept.raised_from is None else kept.raised_from
            now = replace(now, years=longest([own, now.years]), basis=kept.basis)
        return raised(now, document_terms(sorted(terms)))

    def _find(self, code: str) -> RetentionRule | None:
        return self._known.find(code, self._on)


def trial_of(session: Session, what_if: WhatIf) -> Trial:
    """The draft of a trial beside the schedules that hold."""
    draft = session.get_one(RetentionSchedule, what_if.schedule_id)
    known = schedules_with(session, draft)
    return Trial(known, codes_of(session, draft), what_if.as_of)


@dataclass(frozen=True, slots=True)
class Slice:
    """Some case files, looked at: items of those that move, and the last code of all of them."""

    items: list[dict[str, Any]]
    last: str | None  # None: there was none left


def look(session: Session, what_if: WhatIf, trial: Trial, counts: WhatIfCounts) -> Slice:
    """Look at the next case files in the order of their codes, and count; a few statements."""
    between = _next(session, what_if.cursor or "")
    if between is None:
        return Slice([], None)
    query = _to_look_at(trial.codes, between)
    rows: Sequence[_Found] = session.connection().execute(query).all()  # no objects are made
    happened = _events(session, between) if trial.counts_events else {}
    items: list[dict[str, Any]] = []
    alike: dict[tuple[Move, str], list[int]] = {}
    for code, kept, end_date, ends_on, permanent, state, held, listed, size, facts in rows:
        if not trial.reaches(kept):
            continue
        counts.looked += 1
        terms = frozenset(facts.split(_APART)) if facts else _NONE
        move = trial.move(kept, terms, end_date, Term(ends_on, permanent), happened.get(code, {}))
        if move is None:
            continue
        if isinstance(move, str):
            setattr(counts, move, getattr(counts, move) + 1)
            continue
        conflict = _conflict(held=held, listed=listed, state=state)
        tally = alike.setdefault((move, conflict), [0, 0])
        tally[0] += 1
        tally[1] += size
        items.append(_item(what_if.id, code, move, conflict, size))
    for (move, conflict), (count, bytes_) in alike.items():
        counts.add(move, conflict, (count, bytes_), what_if.as_of)
    return Slice(items, between[1])


def keep(session: Session, what_if: WhatIf, found: Slice, counts: WhatIfCounts) -> None:
    """Write a slice down; a trial that is killed goes on after the last one."""
    if found.items:
        table = WhatIf.metadata.tables[WhatIfItem.__tablename__]
        write_rows(session.connection(), table, found.items)
    what_if.cursor = found.last or what_if.cursor
    what_if.counts = counts.model_dump()


def _conflict(*, held: bool, listed: bool, state: CaseState) -> str:
    met = {
        Conflict.HELD: held,
        Conflict.PROPOSED: listed,
        Conflict.TRANSFERRED: state is CaseState.TRANSFERRED,
    }
    return ",".join(kind for kind, is_met in met.items() if is_met)


def _item(what_if_id: UUID, code: str, move: Move, conflict: str, size: int) -> dict[str, Any]:
    return {
        "what_if_id": what_if_id,
        "code": code,
        "rule": move.rule,
        "ends_before": move.before.ends_on,
        "ends_after": move.after.ends_on,
        "size_bytes": size,
        "turn": move.turn.value,
        "conflict": conflict,
    }


def _next(session: Session, after: str) -> tuple[str, str] | None:
    """The last code before the next slice, and the last one in it; ``None``: there are no more.

    A slice has both its bounds, so that a database reads it out of the index and sorts no more.
    """
    codes = select(CaseFile.code).where(CaseFile.code > after).order_by(CaseFile.code)
    some = codes.limit(AT_ONCE).subquery()
    last = session.scalar(select(func.max(some.c.code)))
    return None if last is None else (after, last)


def _to_look_at(
    codes: Sequence[str], between: tuple[str, str]
) -> Select[str, str, str, dt.date | None, bool, CaseState, bool, bool, int, str | None]:
    """Case files under these rules, of one slice."""
    return (
        select(
            CaseFile.code,
            cast(CaseFile.rule, String),
            CaseFile.end_date,
            CaseFile.ends_on,
            CaseFile.permanent,
            CaseFile.state,
            held_condition(),
            is_listed(),
            CaseFile.size_bytes,
            _terms_told(),
        )
        .where(_of(codes), CaseFile.code > between[0], CaseFile.code <= between[1])
        .order_by(CaseFile.code)
    )


def _of(codes: Sequence[str]) -> ColumnElement[bool]:
    return and_(
        CaseFile.rule_code.in_(codes),
        CaseFile.state != CaseState.DESTROYED,
        CaseFile.removing_since.is_(None),
    )


def _terms_told() -> ScalarSelect[str]:
    """What ``maintenance`` the documents of a case file tell, ``_APART``; read by their index."""
    return (
        select(func.aggregate_strings(Document.maintenance, _APART))
        .where(
            Document.case_file_id == CaseFile.id,
            Document.maintenance.is_not(None),
            Document.maintenance.not_in(("", OTHER_PERIOD)),
        )
        .scalar_subquery()
    )


def _events(session: Session, between: tuple[str, str]) -> dict[str, dict[str, dt.date]]:
    query = (
        select(CaseFile.code, RetentionEvent.kind, RetentionEvent.happened_on)
        .join(CaseFile, CaseFile.id == RetentionEvent.case_file_id)
        .where(
            RetentionEvent.withdrawn_at.is_(None),
            CaseFile.code > between[0],
            CaseFile.code <= between[1],
        )
    )
    found: dict[str, dict[str, dt.date]] = {}
    for code, kind, on in session.execute(query):
        happened = found.setdefault(code, {})
        happened[kind] = max(on, happened.get(kind, dt.date.min))
    return found


def _is_over(term: Term, on: dt.date) -> bool:
    return term.ends_on is not None and term.ends_on < on


def _add(tallies: dict[str, list[int]], key: str, width: int, more: tuple[int, int, int]) -> None:
    place, count, size = more
    tally = tallies.setdefault(key, [0] * width)
    tally[place] += count
    tally[place + 1] += size
