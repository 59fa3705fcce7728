"""What an edit does to a term: the rule that it must not fall below, and the rule that follows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_file import CaseFile
from archive_service.domain.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.finding import Finding, Severity
from archive_service.workflow.additions import document_terms
from ingest.checks.terms import CHECK, term_written, years_written
from ingest.checks.terms import years_of as declared_years
from ingest.places import row_place
from retention.dates import job_ended_on, retention_ends_on, retention_starts_on
from retention.rules import Declared, PlanEntry, RetentionRule, choose_rule, raised

OF_TERM = frozenset({"maintenance", "term"})
OF_RULE = OF_TERM | {"ruleCode"}  # what the rule of retention rests on
_FOREVER = 10_000  # longer than any number of years


def plan_entries(session: Session, rows: Sequence[CaseFile]) -> dict[UUID, PlanEntry]:
    """What the approved file plans say of case files, by id; in one statement."""
    found = session.execute(
        select(FilePlan.agency_id, FilePlan.year, FilePlanEntry)
        .join(FilePlan, FilePlanEntry.plan_id == FilePlan.id)
        .where(
            FilePlan.agency_id.in_({row.agency_id for row in rows}),
            FilePlan.year.in_({row.year for row in rows}),
            FilePlan.state == FilePlanState.APPROVED,
            FilePlanEntry.notation.in_({row.notation for row in rows}),
        )
    )
    entries = {(agency_id, year, one.notation): one for agency_id, year, one in found}
    planned = {}
    for row in rows:
        entry = entries.get((row.agency_id, row.year, row.notation))
        if entry is not None:
            planned[row.id] = PlanEntry(
                year=row.year,
                notation=entry.notation,
                years=entry.years,
                permanent=entry.permanent,
                rule_code=entry.rule_code,
            )
    return planned


def rule_after(
    before: Mapping[str, str], edited: Mapping[str, str], entry: PlanEntry | None
) -> RetentionRule:
    """The rule that the edited fields lead to; a rule of a schedule that they do not name is left.

    Raises:
        UnknownRetentionRuleError, TermMissingError: nothing would say how long it is kept.
    """
    fields = {**before, **edited}
    term = fields.get("term", "")
    declared = Declared(
        maintenance=fields.get("maintenance"),
        term_years=int(term) if term.isdecimal() else None,
        rule_code=edited.get("ruleCode") or None,
    )
    return choose_rule(entry, declared, on=clock.today())


def term_findings(
    case_file: CaseFile,
    before: Mapping[str, str],
    edited: Mapping[str, str],
    entry: PlanEntry | None,
    *,
    row: int,
) -> list[Finding]:
    """An error where the declared term would be shorter than the plan or the rule says.

    The rule is the one that the edit names, else the one that stood; raises as ``rule_after``.
    """
    rule = rule_after(before, edited, entry)
    if "ruleCode" not in edited and entry is None:
        rule = _own(RetentionRule.from_document(case_file.rule))
    after = {**before, **edited}
    years = declared_years(after.get("maintenance", ""), after.get("term", ""))
    declared = rule.basis == "declared"
    if declared or years is None or years >= (_FOREVER if rule.years is None else rule.years):
        return []
    facts = {
        "declared": term_written(after),
        "rule": rule.code,
        "least": years_written(rule.years),
        "source": rule.citation,
    }
    place = row_place("case-file", row, "maintenance")
    return [Finding(CHECK, "term-below-rule", Severity.ERROR, place, facts)]


def raise_again(case_file: CaseFile) -> None:
    """The rule as it was given, with the longest term of the documents as they are now."""
    kept = _own(RetentionRule.from_document(case_file.rule))
    give_rule(case_file, raised(kept, document_terms(case_file.documents)))


def give_rule(case_file: CaseFile, rule: RetentionRule) -> None:
    """The rule as it is kept with the case file, and the first and last day that follow."""
    ended_on = job_ended_on(case_file.end_date)
    case_file.rule_code = rule.code
    case_file.rule = rule.as_document()
    case_file.permanent = rule.permanent
    case_file.starts_on = retention_starts_on(ended_on)
    case_file.ends_on = retention_ends_on(rule, ended_on)


def _own(rule: RetentionRule) -> RetentionRule:
    """The rule with its own term, whatever documents raised it to."""
    if rule.raised_from is None:
        return rule
    return replace(rule, years=rule.raised_from, raised_from=None)
