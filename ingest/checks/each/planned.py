"""Title and person of a case file against the entry of the file plan that it answers to."""

from collections.abc import Iterator, Sequence

from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.finding_place import row_place
from archive_service.text import same_words
from ingest.checks.port import CheckContext
from ingest.checks.rules import rules

CHECK = "planned"
RULES = "file_plan"


def check(context: CheckContext) -> Iterator[Finding]:
    """What differs from the plan, both values named; of the term ``each.terms`` tells.

    How much each difference weighs is a row of ``config/rule_sets/file_plan.toml``.
    """
    entry = context.known.planned
    if entry is None or context.adds_to_held:
        return
    title, person = [entry.title], [entry.creator, entry.unit]
    yield from _differs(context, "title", "title-not-as-planned", title)
    yield from _differs(context, "creator", "creator-not-as-planned", person)


def _differs(
    context: CheckContext, name: str, code: str, allowed: Sequence[str]
) -> Iterator[Finding]:
    rule, declared = rules(RULES, home=context.home)[name], context.declared
    given, planned = declared.fields.get(name, ""), [value for value in allowed if value]
    if not (rule.on and given and planned) or _bare(given) in map(_bare, planned):
        return
    facts = {"declared": given, "planned": ", ".join(planned), "source": rule.citation}
    place = row_place("case-file", declared.row, name)
    yield Finding(CHECK, code, rule.severity, place, facts)


def _bare(text: str) -> str:
    return " ".join(same_words(text).split()).rstrip(".")
