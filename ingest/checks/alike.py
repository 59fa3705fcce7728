"""Findings of one kind in great number: the first are kept one by one, the rest told as one."""

from collections.abc import Iterable

from archive_service import messages
from archive_service.domain.intake.finding import Finding

KEPT_OF_A_KIND = 100
MORE = "more-alike"


def bounded(findings: Iterable[Finding]) -> list[Finding]:
    """In order; behind the last one kept of a kind, how many more there are and between where.

    A case file of tens of thousands of rows may lack the same thing in each: nobody reads so many
    findings, and every page that shows the submission would carry them.
    """
    kept: list[Finding] = []
    counts: dict[str, int] = {}
    rest: dict[str, tuple[Finding, Finding]] = {}
    for finding in findings:
        count = counts[finding.code] = counts.get(finding.code, 0) + 1
        if count <= KEPT_OF_A_KIND:
            kept.append(finding)
        else:
            first, _ = rest.get(finding.code, (finding, finding))
            rest[finding.code] = (first, finding)
    return [
        *kept,
        *(_more_alike(*ends, counts[code] - KEPT_OF_A_KIND) for code, ends in rest.items()),
    ]


def _more_alike(first: Finding, last: Finding, count: int) -> Finding:
    facts: dict[str, object] = {
        "count": count,
        "kind": first.code,
        "what": messages.finding(first.code, "vi", _facts(first)).message,
        "what_en": messages.finding(first.code, "en", _facts(first)).message,
        "last": last.place,
    }
    return Finding(first.check, MORE, first.severity, first.place, facts)


def _facts(finding: Finding) -> dict[str, object]:
    return finding.facts | {"place": finding.place}
