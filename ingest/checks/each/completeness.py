"""The rules of completeness that an officer saw while filing, run again at the desk."""

from collections.abc import Iterator

from archive_service.domain.intake.finding import Finding, Severity
from ingest.checks.port import CheckContext
from ingest.completeness.completeness import Filing, Item, SeenSignature, State, evaluate
from ingest.completeness.rules import Kind, Level

CHECK = "completeness"
_MISSING = {
    Level.REQUIRED: Severity.ERROR,
    Level.ADVISED: Severity.WARNING,
    Level.NOTE: Severity.INFO,
}
_DOUBTFUL = {
    Level.REQUIRED: Severity.WARNING,
    Level.ADVISED: Severity.WARNING,
    Level.NOTE: Severity.INFO,
}


def check(context: CheckContext) -> Iterator[Finding]:
    """What is missing or doubtful, a finding a place; what another check says is left to it."""
    for item in evaluate(context.completeness, filing_of(context)):
        if item.state is not State.MET and not _said_elsewhere(item):
            yield from _findings(item, context)


def _said_elsewhere(item: Item) -> bool:
    """Of the order of time the other check tells what is out of it, not what bears no day."""
    tells_doubt = item.rule.kind is Kind.ORDER and item.state is State.DOUBTFUL
    return bool(item.rule.told_by) and not tells_doubt


def filing_of(context: CheckContext) -> Filing:
    """The submission as the rules see it; a file that could not be read was not looked into."""
    seen = {
        path: [
            SeenSignature(report.kind.value, sound=report.intact and report.valid)
            for report in file.facts.own_signatures
        ]
        for path, file in context.files.items()
        if file.facts.format is not None
    }
    return Filing(context.declared, seen)


def _findings(item: Item, context: CheckContext) -> Iterator[Finding]:
    level = item.rule.level
    facts = {
        "item": item.rule.title,
        "item_en": item.rule.title_en,
        "todo": item.todo(english=False),
        "todo_en": item.todo(english=True),
        "rule": f"{item.of_set.meta.code}/{item.rule.code}",
        "citation": item.rule.citation,
    }
    for place in item.places(context.declared):
        if item.state is State.MISSING:
            yield Finding(CHECK, "completeness-missing", _MISSING[level], place, facts)
        else:
            yield Finding(CHECK, "completeness-doubtful", _DOUBTFUL[level], place, facts)
