"""The entry of a schedule that a person chooses for a case file: offered, tried, taken."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.retention import LONGEST_REASON
from archive_service.errors import ConflictError, InputError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.due import note_edited
from archive_service.services import Services
from archive_service.storage.held import require_free
from archive_service.text import fold, telling_line
from retention.terms.changes import reckoned, set_term
from retention.terms.documents import ChosenRuleDocument, TermDocument
from retention.terms.given import RuleIn
from retention.terms.known_schedules import known_schedules, newer_rule
from retention.terms.rules import MAX_YEARS, RetentionRule, document_terms, raised

CAUSE = "group"
OFFERED = 12  # entries that are shown to choose from


class GroupReasonError(InputError):
    """Why this group is the equivalent one is not told."""

    code = "retention-group"


class GroupYearsError(InputError):
    """The term would be lower than the group's, or longer than any."""

    code = "retention-group-years"


class GroupNotNeededError(ConflictError):
    """The case file has a rule of its own, and no newer edition of it says otherwise."""

    code = "retention-group-not-needed"


def choose_group(
    services: Services, code: str, given: RuleIn, *, actor: Actor
) -> ChosenRuleDocument:
    """Put a case file that no rule fits under an equivalent group, or under a newer edition.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, CaseFileHeldError, UnknownRetentionRuleError
        GroupNotNeededError: it has a rule of its own that stands.
        GroupReasonError: no reason, or too long a one.
        GroupYearsError: fewer years than the group's.

    Source:
        TT 10/2022/TT-BNV, and of its sector TT 33/2025/TT-BYT: the equivalent group, not lower.
    """
    access.require(actor, "retention:choose-rule")
    with services.writing() as session:
        row = _case_file(session, code, actor)
        require_free(session, row, act="retention:choose-rule", actor=actor)
        words = _words(given.rule, given.reason)
        rule = _wanted(session, row, given.rule, words, years=given.years)
        change = set_term(session, row, rule, cause=CAUSE, by=actor.account)
        if change is not None:
            note_edited(session, row, services, words_alone=True)
            record_event(
                session,
                "case-file:rule-chosen",
                of=row,
                actor=actor,
                data={"code": row.code, "rule": rule.code, "reason": words}
                | {"before": _of_term(change.before), "after": _of_term(change.after)},
            )
        document = ChosenRuleDocument.of_row(
            row,
            rule=rule.as_document(),
            ends_on=row.ends_on and row.ends_on.isoformat(),
            moved=change is not None,
        )
    write_out_evidence(services)
    return document


def _of_term(facts: dict[str, Any]) -> dict[str, Any]:
    """What the trail tells of a term: its rule, its years and its last day."""
    rule = facts["rule"] or {}
    years = "permanent" if facts["permanent"] else str(rule.get("years") or "")
    return {"rule": rule.get("code", ""), "years": years, "ends_on": facts["ends_on"] or ""}


def try_group(
    services: Services, code: str, rule_code: str, *, actor: Actor, years: int | None = None
) -> TermDocument:
    """The term as ``choose_group`` would leave it; nothing is written.

    Raises:
        as ``choose_group``, but for what a reason or a hold stops.
    """
    access.require(actor, "retention:choose-rule")
    with services.read_only() as session:
        row = _case_file(session, code, actor)
        return reckoned(session, row, _wanted(session, row, rule_code, years=years))


def offered_groups(
    services: Services, code: str, text: str, *, actor: Actor
) -> list[dict[str, Any]]:
    """Entries in force whose code or title has all words of ``text``, by code; the first few.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError
    """
    access.require(actor, "retention:choose-rule")
    words = fold(text).split()
    if not words:
        return []
    with services.read_only() as session:
        _case_file(session, code, actor)
        rules = known_schedules(session).in_force(clock.today())
    found = (rule for rule in rules if all(word in _searched(rule) for word in words))
    return [rule.as_document() for rule, _ in zip(found, range(OFFERED), strict=False)]


def may_be_chosen(kept: RetentionRule) -> bool:
    """Whether no entry of a schedule fitted it, so that a person chooses an equivalent group."""
    return kept.basis in ("declared", "equivalent")


def _searched(rule: RetentionRule) -> str:
    return fold(f"{rule.code} {rule.title}")


def _case_file(session: Session, code: str, actor: Actor) -> CaseFile:
    row = holdings_rows.get_case_file(session, code, actor=actor)
    access.require(actor, "retention:choose-rule", row)
    return row


def _wanted(
    session: Session, row: CaseFile, rule_code: str, words: str = "", *, years: int | None
) -> RetentionRule:
    """The rule as it would be kept, raised to the terms of the documents.

    Args:
        words: the reason; none yet of what is only tried.
    """
    known, today = known_schedules(session), clock.today()
    rule = known.get(rule_code, today)
    kept = RetentionRule.from_document(row.rule)
    renews = kept.basis == "schedule" and newer_rule(known, row.rule, today) == rule
    if not may_be_chosen(kept) and not renews:
        raise GroupNotNeededError(code=row.code, rule=kept.code)
    if years is not None and (rule.years is None or not rule.years <= years <= MAX_YEARS):
        raise GroupYearsError(rule=rule.code, years=years, most=MAX_YEARS)
    if not renews:
        least = rule.years if years is None else years
        rule = replace(rule, basis="equivalent", reason=words, years=least)
    return raised(rule, document_terms(document.maintenance for document in row.documents))


def _words(rule_code: str, reason: str) -> str:
    words = telling_line(reason)
    if not words or len(words) > LONGEST_REASON:
        raise GroupReasonError(rule=rule_code, longest=LONGEST_REASON, given=len(words))
    return words
