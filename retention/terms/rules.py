"""Retention schedules, and which rule a case file falls under."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from archive_service import law
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.errors import InputError
from archive_service.law import RuleSet, RuleSetError
from archive_service.text import fold

FOLDER = law.CONFIG / "retention_schedules"
MAX_YEARS = 200
OTHER_PERIOD = "07"  # maintenance "Khác": the term stands beside it

Basis = Literal["file-plan", "schedule", "declared", "disposition", "equivalent"]

# What a term may count from beside the end of the job; words in ``labels.retention-event``.
EVENTS = (
    "document-expires",  # the document stands till it is no longer in force
    "contract-ends",
    "works-end",  # tuổi thọ công trình
    "equipment-ends",  # tuổi thọ thiết bị
    "death",
)

_YEARS = re.compile(r"0*([0-9]{1,3})\s*(?:nam|years?)?", re.ASCII)
_PERMANENT = ("vinh vien", "permanent", "vv")


class UnknownRetentionRuleError(InputError):
    """No schedule in force on the day has a rule with this code."""


class MalformedTermError(InputError):
    """Not a term: a number of years or vĩnh viễn."""


class TermMissingError(InputError):
    """Neither file plan, rule nor declared term says how long."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long, and who says so. ``years`` counts whole calendar years; ``None`` is permanent.

    ``raised_from`` is the rule's own term where a document has to be kept longer than that.

    With ``event``, one of ``EVENTS``, the years count from the year in which that happened; 0 is
    until then. ``least`` are the years, from the end of the job, that a document asks for.
    ``reason`` tells why a person chose an equivalent group.
    """

    code: str
    title: str
    years: int | None
    citation: str
    basis: Basis = "schedule"
    certainty: str = ""
    raised_from: int | None = None
    event: str | None = None
    least: int | None = None
    reason: str = ""

    @property
    def permanent(self) -> bool:
        """Vĩnh viễn."""
        return self.years is None

    def as_document(self) -> dict[str, object]:
        """What is kept with the case file, so that a later schedule changes nothing."""
        kept: dict[str, object] = {
            "code": self.code,
            "title": self.title,
            "years": self.years,
            "citation": self.citation,
            "basis": self.basis,
            "certainty": self.certainty,
        }
        facts = {
            "raised_from": self.raised_from,
            "event": self.event,
            "least": self.least,
            "reason": self.reason or None,
        }
        return kept | {name: value for name, value in facts.items() if value is not None}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "RetentionRule":
        """The rule that ``as_document`` wrote."""
        return cls(**document)


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """What the approved file plan says of a case file: ``01.TH`` of a year, and its term."""

    year: int
    notation: str
    years: int | None
    permanent: bool
    rule_code: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What the sender declares: ``maintenance`` code, ``term`` in years, ``ruleCode``."""

    maintenance: str | None = None
    term_years: int | None = None
    rule_code: str | None = None


class Schedules:
    """The rules of all schedules, each with the period in which it holds."""

    def __init__(self, rule_sets: Iterable[RuleSet]) -> None:
        """``RuleSetError`` for a row that is no rule, or a code that two sets in force share."""
        self._rules: dict[str, list[tuple[RuleSet, RetentionRule]]] = {}
        for rules in rule_sets:
            for number, row in enumerate(rules.rows, start=1):
                self._add(rules, number, _rule(rules, number, row))

    def find(self, code: str, on: dt.date) -> RetentionRule | None:
        """The rule with this code in a schedule in force on the day."""
        for rules, rule in self._rules.get(code.strip(), []):
            if rules.meta.in_force(on):
                return rule
        return None

    def get(self, code: str, on: dt.date) -> RetentionRule:
        """As ``find``, but ``UnknownRetentionRuleError`` where there is none."""
        rule = self.find(code, on)
        if rule is None:
            raise UnknownRetentionRuleError(rule=code.strip(), on=on)
        return rule

    def in_force(self, on: dt.date) -> list[RetentionRule]:
        """Every rule that holds on the day, by code."""
        found = (self.find(code, on) for code in sorted(self._rules))
        return [rule for rule in found if rule is not None]

    def _add(self, rules: RuleSet, number: int, rule: RetentionRule) -> None:
        others = self._rules.setdefault(rule.code, [])
        if any(_overlap(rules, other) for other, _ in others):
            raise RuleSetError(file=rules.path.name, row=number, detail=f"{rule.code} stands twice")
        others.append((rules, rule))


def load_schedules(folder: Path = FOLDER) -> Schedules:
    """Every schedule of the folder.

    Raises:
        RuleSetError: naming file and row, where a rule cites nothing or says no term.
    """
    paths = sorted(folder.glob("*.toml"))
    return Schedules(law.load_rule_set(path, each_row_cites=True) for path in paths)


@lru_cache(maxsize=1)
def schedules() -> Schedules:
    """The schedules of ``config/``, read once."""
    return load_schedules()


def choose_rule(
    entry: PlanEntry | None, declared: Declared, *, on: dt.date, known: Schedules | None = None
) -> RetentionRule:
    """The rule of the file plan's entry, else the one named, else the term declared.

    Args:
        on: the day of classifying; only schedules in force on it are asked.
        known: the schedules to ask; those of ``config/`` unless given.

    Raises:
        UnknownRetentionRuleError: a rule is named that no schedule has.
        TermMissingError: nobody says how long.
        UnknownCodeError: ``maintenance`` is no code of its list.
    """
    known = known or schedules()
    if entry is not None and entry.rule_code:
        return known.get(entry.rule_code, on)
    if entry is not None and (entry.permanent or entry.years is not None):
        return _of_plan(entry)
    if declared.rule_code:
        return known.get(declared.rule_code, on)
    return _of_declaration(declared)


def parse_term(text: str) -> int | None:
    """Years of ``20 năm`` or ``20``; ``None`` for ``Vĩnh viễn``.

    Raises:
        MalformedTermError: neither, or no year at all.
    """
    plain = " ".join(fold(text).split())
    if plain in _PERMANENT:
        return None
    found = _YEARS.fullmatch(plain)
    if found is None or not 1 <= int(found[1]) <= MAX_YEARS:
        raise MalformedTermError(text=text.strip())
    return int(found[1])


def waits_for(row: CaseFile) -> str | None:
    """The event that its term waits for; ``None`` where the last day is known, or there is none."""
    return None if row.permanent or row.ends_on is not None else row.rule.get("event")


def longest(terms: Iterable[int | None]) -> int | None:
    """The longest of several terms in years, permanent before all.

    Source:
        Luật Lưu trữ 33/2024/QH15, Điều 15 k4.
    """
    given = list(terms)
    return None if None in given else max(years for years in given if years is not None)


def raised(rule: RetentionRule, terms: Iterable[int | None]) -> RetentionRule:
    """The rule with the longest term of all, its own and those of the documents.

    Args:
        terms: of the documents that tell one, in years; ``None`` is permanent.

    Beside a term that waits for an event those of the documents stand as ``least``: which of them
    is the longest is known when the event is.

    Source:
        Luật Lưu trữ 33/2024/QH15, Điều 15 k4.
    """
    given = list(terms)
    if rule.event is not None and rule.years is not None and None not in given:
        least = max((years for years in [rule.least, *given] if years is not None), default=None)
        return replace(rule, least=least)
    years = longest([rule.years, *given])
    if years == rule.years:
        return rule
    own = rule.raised_from if rule.raised_from is not None else rule.years
    return replace(rule, years=years, raised_from=own)


def years_of(maintenance: str) -> int | None:
    """Years of a ``maintenance`` code other than ``OTHER_PERIOD``; ``None`` is permanent.

    Raises:
        UnknownCodeError: no code of its list.
    """
    periods = law.code_list("maintenance")
    return parse_term(periods.label(periods.parse(maintenance)))


def document_terms(codes: Iterable[str | None]) -> list[int | None]:
    """Terms in years that the ``maintenance`` of documents tells; ``None`` is permanent."""
    return [years_of(code) for code in codes if code and code != OTHER_PERIOD]


def _of_plan(entry: PlanEntry) -> RetentionRule:
    cited = law_citation("file-plan")
    years = None if entry.permanent else entry.years
    return RetentionRule(
        f"{entry.year}.{entry.notation}", "", years, cited, "file-plan", "as approved"
    )


def _of_declaration(declared: Declared) -> RetentionRule:
    years = declared.term_years
    periods = law.code_list("maintenance")
    code = periods.parse(declared.maintenance) if declared.maintenance else OTHER_PERIOD
    if code != OTHER_PERIOD:  # where both tell, neither is made shorter by the other
        years = longest([years_of(code)] if years is None else [years_of(code), years])
    elif years is None or not 1 <= years <= MAX_YEARS:
        raise TermMissingError(maintenance=code, term=years)
    return RetentionRule("declared", "", years, law_citation("declared"), "declared", "declared")


@lru_cache(maxsize=32)
def law_citation(code: str) -> str:
    """The article that a step of reckoning rests on, from ``rule_sets/retention_law.toml``."""
    rules = law.load_rule_set(law.CONFIG / "rule_sets" / "retention_law.toml", each_row_cites=True)
    return next(rules.citation(row) for row in rules.rows if row["code"] == code)


def _rule(rules: RuleSet, number: int, row: law.Row) -> RetentionRule:
    years, permanent, event = row.get("years"), row.get("permanent", False), row.get("event")
    least = 1 if event is None else 0
    whole = isinstance(years, int) and not isinstance(years, bool) and least <= years <= MAX_YEARS
    known = event is None or (isinstance(event, str) and event in EVENTS)
    if not (row.get("code") and row.get("title")) or whole == (permanent is True) or not known:
        detail = "a rule needs code, title and either years or permanent = true; events are known"
        raise RuleSetError(file=rules.path.name, row=number, detail=detail)
    return RetentionRule(
        code=str(row["code"]),
        title=str(row["title"]),
        years=years if isinstance(years, int) and whole else None,
        citation=rules.citation(row),
        certainty=rules.meta.certainty,
        event=str(event) if event is not None and whole else None,
    )


def _overlap(one: RuleSet, other: RuleSet) -> bool:
    return one.meta.in_force(other.meta.valid_from) or other.meta.in_force(one.meta.valid_from)
