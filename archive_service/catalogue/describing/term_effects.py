"""What an edit does to a term: the rule that it must not fall below, and the rule that follows."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from archive_service import clock
from archive_service.catalogue.describing.documents import TermDaysDocument
from archive_service.catalogue.describing.fields import values_of
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from ingest.checks.each.terms import CHECK, contradiction, term_written, years_written
from ingest.checks.each.terms import years_of as declared_years
from retention.terms.changes import Happened
from retention.terms.dates import job_ended_on, term_days
from retention.terms.known_schedules import known_schedules
from retention.terms.rules import (
    Declared,
    PlanEntry,
    RetentionRule,
    choose_rule,
    document_terms,
    raised,
)

OF_TERM = frozenset({"maintenance", "term"})
OF_RULE = OF_TERM | {"ruleCode"}  # what the rule of retention rests on
_FOREVER = 10_000  # longer than any number of years

Edits = Mapping[int, Mapping[str, str]]  # 0: the case file; else a document's ordinal


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long a case file is kept: its rule, raised to its documents, its first and last day."""

    rule: RetentionRule
    starts_on: dt.date | None
    ends_on: dt.date | None

    @property
    def permanent(self) -> bool:
        """Vĩnh viễn."""
        return self.rule.permanent


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
    entries = {
        (agency_id, year, plan_entry.notation): plan_entry for agency_id, year, plan_entry in found
    }
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
    case_file: CaseFile, edited: Mapping[str, str], entry: PlanEntry | None
) -> RetentionRule:
    """The rule that the edited fields lead to; a rule of a schedule that they do not name is left.

    Raises:
        UnknownRetentionRuleError, TermMissingError: nothing would say how long it is kept.
    """
    fields = {**values_of(case_file), **edited}
    term = fields.get("term", "")
    declared = Declared(
        maintenance=fields.get("maintenance"),
        term_years=int(term) if term.isdecimal() else None,
        rule_code=edited.get("ruleCode") or None,
    )
    session = object_session(case_file)
    known = known_schedules(session) if session is not None else None
    return choose_rule(entry, declared, on=clock.today(), known=known)


def term_findings(
    case_file: CaseFile,
    before: Mapping[str, str],
    edited: Mapping[str, str],
    entry: PlanEntry | None,
    *,
    row: int,
) -> list[Finding]:
    """An error where the declared term contradicts itself, or is shorter than plan or rule say.

    The rule is the one that the edit names, else the one that stood; raises as ``rule_after``.
    """
    rule = rule_after(case_file, edited, entry)
    if "ruleCode" not in edited and entry is None:
        rule = _own(RetentionRule.from_document(case_file.rule))
    after = {**before, **edited}
    place = row_place("case-file", row, "maintenance")
    if OF_TERM & edited.keys() and (facts := contradiction(after)):
        return [Finding(CHECK, "term-contradictory", Severity.ERROR, place, facts)]
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
    return [Finding(CHECK, "term-below-rule", Severity.ERROR, place, facts)]


def term_differs(case_file: CaseFile) -> bool:
    """Whether it is kept by another term than is declared: a rule or a document asks for it."""
    rule, values = RetentionRule.from_document(case_file.rule), values_of(case_file)
    years = declared_years(values.get("maintenance", ""), values.get("term", ""))
    return years is not None and years != (_FOREVER if rule.years is None else rule.years)


def rests_on(edits: Edits) -> bool:
    """Whether they touch what it rests on how long a case file is kept."""
    of_case_file = edits.get(0, {}).keys() & (OF_RULE | {"endDate"})
    return bool(of_case_file) or any(OF_TERM & edit.keys() for edit in edits.values())


def keeping_after(
    case_file: CaseFile, edits: Edits, entry: PlanEntry | None, happened: Happened
) -> Keeping | None:
    """How long it is kept by edits that were judged; ``None``: they touch nothing of that.

    Nothing is written: what is shown beforehand and what is done are one reckoning.

    Raises:
        UnknownRetentionRuleError, TermMissingError
        MalformedEndDateError, TermBeyondCalendarError
    """
    if not rests_on(edits):
        return None
    edited = edits.get(0, {})
    if OF_RULE & edited.keys():
        rule = rule_after(case_file, edited, entry)
    else:
        rule = _own(RetentionRule.from_document(case_file.rule))
    documents = (
        edits.get(document.ordinal, {}).get("maintenance", document.maintenance)
        for document in case_file.documents
    )
    return kept_by(rule, documents, edited.get("endDate", case_file.end_date), happened)


def kept_by(
    rule: RetentionRule, documents: Iterable[str | None], end_date: str, happened: Happened
) -> Keeping:
    """By a rule, the ``maintenance`` of the documents, the end of the job and what happened since.

    Raises:
        MalformedEndDateError, TermBeyondCalendarError
    """
    whole, ended_on = raised(rule, document_terms(documents)), job_ended_on(end_date)
    return Keeping(whole, *term_days(whole, ended_on, happened.get(whole.event or "")))


def told_days(kept: CaseFile | Keeping) -> TermDaysDocument:
    """The last day; where neither it nor permanence is known, nothing is."""
    return TermDaysDocument(ends_on=kept.ends_on, permanent=kept.permanent)


def _own(rule: RetentionRule) -> RetentionRule:
    """The rule with its own term, whatever documents raised it to."""
    if rule.raised_from is None:
        return replace(rule, least=None)
    return replace(rule, years=rule.raised_from, raised_from=None, least=None)
