"""Faults of a file plan: words of an old encoding, terms below the rule they name."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import object_session

from archive_service import clock, messages
from archive_service.domain.agencies.file_plan import FilePlanEntry
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.errors import ConflictError
from ingest.completeness.rules import load_sets
from ingest.file_plan.read import CHECK, text_findings
from retention.terms.known_schedules import known_schedules
from retention.terms.rules import RetentionRule, Schedules, schedules


class FilePlanFindingsError(ConflictError):
    """Errors stand in the plan: it is not put in force as it is."""


class FilePlanEntryFindingsError(FilePlanFindingsError):
    """What is asked for outside the plan holds errors itself."""


def plan_findings(
    entries: Sequence[FilePlanEntry],
    *,
    on: dt.date | None = None,
    known: Schedules | None = None,
    home: Path | None = None,
) -> list[Finding]:
    """Errors of entries as they stand now, each at its number and symbol.

    A term may be longer than that of the rule which the entry names, never shorter. A kind of
    case file has rules of completeness, of the product or below ``home``.
    """
    on, known = on or clock.today(), known or known_to(entries)
    found = [*text_findings(entries), *_unknown_kinds(entries, home)]
    for entry in entries:
        if not entry.rule_code:
            continue
        rule = known.find(entry.rule_code, on)
        facts: dict[str, Any] = {"notation": entry.notation, "rule": entry.rule_code}
        if rule is None:
            found.append(Finding(CHECK, "plan-rule-unknown", Severity.ERROR, entry.notation, facts))
        elif _is_below(entry, rule):
            facts |= {"term": entry.term, "rule_term": _term(rule), "citation": rule.citation}
            found.append(
                Finding(CHECK, "plan-term-below-rule", Severity.ERROR, entry.notation, facts)
            )
    return found


def _unknown_kinds(entries: Sequence[FilePlanEntry], home: Path | None) -> list[Finding]:
    named = [entry for entry in entries if entry.rule_set]
    if not named:
        return []
    sets = load_sets(home)
    known = "; ".join(rules.meta.title for rules in sets.by_code.values() if not rules.every)
    return [
        Finding(
            CHECK,
            "plan-kind-unknown",
            Severity.ERROR,
            entry.notation,
            {"notation": entry.notation, "kind": entry.rule_set, "known": known},
        )
        for entry in named
        if not sets.coded(entry.rule_set)
    ]


def known_to(entries: Sequence[FilePlanEntry]) -> Schedules:
    """The schedules that entries may name: the archive's own as well, if they are of its rows."""
    session = object_session(entries[0]) if entries else None
    return known_schedules(session) if session is not None else schedules()


def require_sound(
    entries: Sequence[FilePlanEntry],
    *,
    home: Path | None = None,
    refused: type[FilePlanFindingsError] = FilePlanFindingsError,
) -> None:
    """``refused`` where an error stands, with what it is."""
    errors = [
        finding
        for finding in plan_findings(entries, home=home)
        if finding.severity is Severity.ERROR
    ]
    if errors:
        wrong = messages.Findings(
            tuple((error.code, error.facts | {"place": error.place}) for error in errors)
        )
        raise refused(count=len(errors), findings=wrong)


def _is_below(entry: FilePlanEntry, rule: RetentionRule) -> bool:
    """A term that is only told by the rule is the rule's."""
    if entry.permanent or entry.years is None:
        return False
    return rule.years is None or entry.years < rule.years


def _term(rule: RetentionRule) -> str:
    if rule.years is None:
        return messages.text("labels.file-plan.permanent", "vi")
    return messages.text("labels.file-plan.years", "vi", years=rule.years)
