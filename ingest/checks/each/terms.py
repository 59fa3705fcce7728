"""The declared term against the file plan's, and against those of the documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from archive_service import law, messages
from archive_service.domain.case_files.declared_term import OTHER, PERMANENT, contradicts
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredDocument
from ingest.checks.port import CheckContext
from ingest.register.known_documents import Rule

CHECK = "terms"
_FOREVER = 10_000  # longer than any number of years


def check(context: CheckContext) -> Iterator[Finding]:
    """A term that is shorter than it must be, or longer than the one that counts in the end."""
    fields, row = context.declared.fields, context.declared.row
    place = row_place("case-file", row, "maintenance")
    if facts_against := contradiction(fields):
        yield Finding(CHECK, "term-contradictory", Severity.ERROR, place, facts_against)
    declared = years_of(fields.get("maintenance", ""), fields.get("term", ""))
    if context.historical and declared != _FOREVER:
        facts = {"declared": term_written(fields), "source": _citation("permanent-alone")}
        yield Finding(CHECK, "term-not-permanent", Severity.WARNING, place, facts)
    if not context.adds_to_held:  # what is added keeps the rule of its case file
        yield from _unknown_rules(context)
    if declared is None:
        return
    in_force, written = declared, term_written(fields)
    for least in _least(context):
        in_force, written = least.years, least.written
        if declared < least.years:
            facts = {"declared": term_written(fields), **least.facts}
            yield Finding(CHECK, least.code, Severity.WARNING, place, facts)
    longest = max(
        (_own_term(declared_document) for declared_document in context.declared.documents),
        default=0,
    )
    if declared > max(in_force, longest):
        facts = {"declared": term_written(fields), "kept": written}
        yield Finding(CHECK, "term-above-kept", Severity.WARNING, place, facts)
    for document in context.declared.documents:
        if _own_term(document) > in_force:
            facts = {
                "declared": written,
                "document": term_written(document.fields),
                "row": row_place(document.kind, document.row),
                "source": _citation("longest"),
            }
            yield Finding(CHECK, "term-below-document", Severity.WARNING, place, facts)
            return


def _own_term(document: DeclaredDocument) -> int:
    """Years that it declares for itself; 0 where it says none."""
    fields = document.fields
    return years_of(fields.get("maintenance", ""), fields.get("term", "")) or 0


@dataclass(frozen=True, slots=True)
class _Least:
    """What a declared term must reach, and the finding where it does not."""

    years: int
    written: str
    code: str
    facts: Mapping[str, str]


def _least(context: CheckContext) -> Iterator[_Least]:
    """Of the rule that the sender names, of the plan, and of the rule that the plan names.

    The last one is what counts in the end.
    """
    planned, rules = context.known.planned, context.known.rules
    codes = (_named_rule(context), planned.rule_code if planned else "")
    of_sender, of_plan = (_of_rule(rules.get(code)) for code in codes)
    if of_sender is not None and codes[0] != codes[1]:
        yield of_sender
    if planned is not None and (years := _FOREVER if planned.permanent else planned.years):
        facts = {"planned": planned.written, "source": _citation("file-plan")}
        yield _Least(years, planned.written, "term-below-plan", facts)
    if of_plan is not None:
        yield of_plan


def _of_rule(rule: Rule | None) -> _Least | None:
    if rule is None:
        return None
    written = years_written(rule.years)
    facts = {"rule": rule.code, "least": written, "source": rule.citation}
    return _Least(rule.years or _FOREVER, written, "term-below-rule", facts)


def _unknown_rules(context: CheckContext) -> Iterator[Finding]:
    """Rules that no schedule in force has: nothing would say how long the case file is kept."""
    planned, rules = context.known.planned, context.known.rules
    of_plan = planned.rule_code if planned else ""
    named = {"rule-unknown": _named_rule(context), "rule-of-plan-unknown": of_plan}
    for finding, code in named.items():
        if code and code not in rules:
            place = row_place("case-file", context.declared.row, "ruleCode")
            yield Finding(CHECK, finding, Severity.ERROR, place, {"rule": code})


def _named_rule(context: CheckContext) -> str:
    return context.declared.fields.get("ruleCode", "").strip()


def years_of(code: str, term: str) -> int | None:
    """Years of a ``maintenance`` code; ``None`` where it does not tell."""
    if code == PERMANENT:
        return _FOREVER
    if code == OTHER:
        return int(term) if term.isascii() and term.isdecimal() and len(term) < 5 else None
    return _years_of_codes().get(code)


def contradiction(fields: Mapping[str, str]) -> dict[str, str]:
    """Both values, where the term in years is not that of the ``maintenance`` code; else nothing.

    A term that is no number is not judged here.
    """
    term = fields.get("term", "")
    if not (term.isascii() and term.isdecimal() and len(term) < 10):
        return {}
    if not contradicts(fields.get("maintenance"), int(term)):
        return {}
    return {"declared": term_written(fields), "term": term}


def term_written(fields: Mapping[str, str]) -> str:
    """A declared term in words."""
    code = fields.get("maintenance", "")
    if not code:
        return messages.text("labels.term-not-told")
    if code == OTHER:
        return messages.text("labels.years-told", years=fields.get("term", ""))
    return law.code_list("maintenance").label(code)


def years_written(years: int | None) -> str:
    """Years in words; ``None`` is permanent."""
    if years is None:
        return messages.text("retention.term-permanent")
    return messages.text("labels.years-told", years=years)


@lru_cache(maxsize=1)
def _years_of_codes() -> Mapping[str, int]:
    labels = law.code_list("maintenance").codes.items()
    return {code: int(label.split()[0]) for code, label in labels if label[:1].isdecimal()}


@lru_cache(maxsize=4)
def _citation(code: str) -> str:
    found = law.load_rule_set(law.CONFIG / "rule_sets" / "retention_law.toml")
    return next(found.citation(row) for row in found.rows if row.get("code") == code)
