"""Identifiers of documents against what the same row says: year, day, number and symbol."""

from collections.abc import Iterator

from archive_service.domain.case_files.document_id import DocumentIdForm, parse_document_id
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.text import fold
from ingest.checks.port import CheckContext

CHECK = "identifiers"


def check(context: CheckContext) -> Iterator[Finding]:
    """Each identifier that tells of another document; one that is absent is made at acceptance."""
    code = context.declared.fields.get("fileCode", "")
    for document in context.declared.documents:
        text = document.fields.get("docId", "")
        if not text:
            continue
        document_id = parse_document_id(text, file_code=code)
        place = row_place(document.kind, document.row, "docId")
        issued = document.fields.get("issuedDate", "")
        if document_id.form is DocumentIdForm.OF_FILE or document_id.year is None:
            continue
        if issued and issued[:4] != str(document_id.year):
            facts: dict[str, object] = {
                "value": text[:200],
                "year": document_id.year,
                "date": issued,
            }
            yield Finding(CHECK, "identifier-year-differs", Severity.WARNING, place, facts)
        number = _number(document.fields)
        if document_id.number and number and fold(document_id.number) != fold(number):
            facts = {"value": text[:200], "number": number}
            yield Finding(CHECK, "identifier-number-differs", Severity.WARNING, place, facts)


def _number(fields: dict[str, str]) -> str:
    parts = [fields.get("codeNumber", ""), fields.get("codeNotation", "")]
    return "/".join(parts) if all(parts) else ""
