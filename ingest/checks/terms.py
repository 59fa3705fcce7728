"""The declared term against the file plan's, and against those of the documents."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from archive_service import law, messages
from archive_service.domain.finding import Finding, Severity
from ingest.checks.port import CheckContext
from ingest.places import row_place

CHECK = "terms"
PERMANENT, OTHER = "01", "07"
_FOREVER = 10_000  # longer than any number of years
_YEARS = {"02": 70, "03": 50, "04": 30, "05": 20, "06": 10}


def check(context: CheckContext) -> Iterator[Finding]:
    """A term that is shorter than it must be; which one counts in the end is told elsewhere."""
    fields, row = context.declared.fields, context.declared.row
    place = row_place("case-file", row, "maintenance")
    declared = years_of(fields.get("maintenance", ""), fields.get("term", ""))
    planned = context.known.planned
    if context.historical and declared != _FOREVER:
        facts = {"declared": term_written(fields), "source": _citation("permanent-alone")}
        yield Finding(CHECK, "term-not-permanent", Severity.WARNING, place, facts)
    if declared is None:
        return
    in_force, written = declared, term_written(fields)
    if planned is not None:
        least = _FOREVER if planned.permanent else planned.years
        if least is not None:
            in_force, written = least, planned.written
        if least is not None and declared < least:
            facts = {
                "declared": term_written(fields),
                "planned": planned.written,
                "source": _citation("file-plan"),
            }
            yield Finding(CHECK, "term-below-plan", Severity.WARNING, place, facts)
    for document in context.declared.documents:
        own = years_of(document.fields.get("maintenance", ""), document.fields.get("term", ""))
        if own is not None and own > in_force:
            facts = {
                "declared": written,
                "document": term_written(document.fields),
                "row": row_place(document.kind, document.row),
                "source": _citation("longest"),
            }
            yield Finding(CHECK, "term-below-document", Severity.WARNING, place, facts)
            return


def years_of(code: str, term: str) -> int | None:
    """Years of a ``maintenance`` code; ``None`` where it does not tell."""
    if code == PERMANENT:
        return _FOREVER
    if code == OTHER:
        return int(term) if term.isascii() and term.isdecimal() and len(term) < 5 else None
    return _YEARS.get(code)


def term_written(fields: Mapping[str, str]) -> str:
    """A declared term in words."""
    code = fields.get("maintenance", "")
    if not code:
        return messages.text("labels.term-not-told")
    if code == OTHER:
        return messages.text("labels.years-told", years=fields.get("term", ""))
    return law.code_list("maintenance").label(code)


@lru_cache(maxsize=4)
def _citation(code: str) -> str:
    found = law.load_rule_set(law.CONFIG / "rule_sets" / "retention_law.toml")
    return next(found.citation(row) for row in found.rows if row.get("code") == code)
