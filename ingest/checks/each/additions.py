"""A supplement or replacement, against the case file in custody that it names."""

from collections.abc import Iterator, Sequence

from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredDocument
from archive_service.text import fold
from ingest.checks.port import CheckContext
from ingest.register.counterpart import REPLACEMENT, counterpart, replaced_document
from ingest.register.register import Addition

CHECK = "additions"


def check(context: CheckContext) -> Iterator[Finding]:
    """Whether it can be added, and what each document is to those that are there."""
    addition = context.register.addition
    if addition is None:
        return
    code = context.declared.fields.get("fileCode", "")
    place = row_place("case-file", context.declared.row, "fileCode")
    if (wrong := _target(addition)) is not None:
        name, facts = wrong
        yield Finding(CHECK, name, Severity.ERROR, place, {"code": code[:200]} | facts)
        return
    if addition.status == REPLACEMENT:
        yield from _replacing(context, addition.documents, code, place)
    else:
        yield from _adding(context.declared.documents, addition.documents)


def _target(addition: Addition) -> tuple[str, dict[str, object]] | None:
    """Why nothing can be added; of another agency's case file no more is told."""
    if addition.state == "":
        return "addition-not-held", {}
    if not addition.own:
        return "addition-foreign", {}
    if addition.state not in ("accepted", "stored"):
        return "addition-gone", {"state": addition.state}
    if addition.status == REPLACEMENT and addition.hold:
        return "addition-on-hold", {"authority": addition.hold}
    return None


def _adding(documents: Sequence[DeclaredDocument], held: Sequence[Document]) -> Iterator[Finding]:
    for document in documents:
        same = counterpart(document, held)
        if same is not None:
            facts = {"value": _called(document, same), "ordinal": same.ordinal}
            place = row_place(document.kind, document.row)
            yield Finding(CHECK, "addition-document-held", Severity.ERROR, place, facts)


def _replacing(
    context: CheckContext, held: Sequence[Document], code: str, place: str
) -> Iterator[Finding]:
    found = [
        (document, replaced_document(document, held)) for document in context.declared.documents
    ]
    for document, old in found:
        where = row_place(document.kind, document.row)
        if old is None:
            yield Finding(CHECK, "replacement-names-nothing", Severity.WARNING, where)
            continue
        facts = {"ordinal": old.ordinal, "subject": old.subject[:300]}
        yield Finding(CHECK, "replaces", Severity.INFO, where, facts)
    if found and all(old is None for _, old in found):
        facts = {"code": code[:200]}
        yield Finding(CHECK, "replacement-without-target", Severity.ERROR, place, facts)


def _called(document: DeclaredDocument, same: Document) -> str:
    """What both are called: the identifier, else number and symbol."""
    if fold(document.fields.get("docId", "")) == fold(same.doc_id):
        return same.doc_id
    return "/".join(filter(None, (same.code_number, same.code_notation))) or same.doc_code
