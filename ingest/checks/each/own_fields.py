"""Fields of the agency's own: well-formed, and there where the agency wants them."""

from collections.abc import Iterator, Mapping

from archive_service.domain.agencies.own_field import OwnField, OwnSubject
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from ingest.checks.port import CheckContext

CHECK = "own-fields"
_MISSING = "own-field-missing"


def check(context: CheckContext) -> Iterator[Finding]:
    """What is wrong with a value; what is missing is a warning at the door."""
    declared, fields = context.declared, context.register.own_fields
    missing = Severity.ERROR if context.register.own_required else Severity.WARNING
    of_case_file = [field for field in fields if field.subject is OwnSubject.CASE_FILE]
    if not context.adds_to_held:
        yield from _of_row("case-file", declared.row, declared.fields, of_case_file, missing)
    of_document = [field for field in fields if field.subject is OwnSubject.DOCUMENT]
    for document in declared.documents:
        yield from _of_row(document.kind, document.row, document.fields, of_document, missing)


def _of_row(
    kind: str, row: int, values: Mapping[str, str], fields: list[OwnField], missing: Severity
) -> Iterator[Finding]:
    for field in fields:
        value = values.get(field.key, "")
        if field.retired_on is not None or not (fault := field.fault(value)):
            continue
        facts = {
            "field": field.label,
            "value": value[:200],
            "known": "; ".join(field.choices)[:1000],
        }
        severity = missing if fault == _MISSING else Severity.ERROR
        yield Finding(CHECK, fault, severity, row_place(kind, row, field.key), facts)
