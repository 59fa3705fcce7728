"""What the sender counted, against what came; and identifiers that should differ."""

from collections.abc import Iterator

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredDocument
from ingest.channels.edxml.process_files import PROCESS
from ingest.checks.port import CheckContext

CHECK = "counts"


def check(context: CheckContext) -> Iterator[Finding]:
    """Numbers of documents and pages that differ; empty ones are counted, not reported."""
    declared = context.declared
    whole = context.register.addition is None  # else others are there already
    total = _number(declared.fields.get("totalDoc", ""))
    standing = [
        declared_document
        for declared_document in declared.documents
        if not declared_document.replaced
    ]
    own = [
        declared_document
        for declared_document in standing
        if declared_document.fields.get("relation") != "reference"
    ]
    left = len(declared.left_out)  # counted by the sender, or left out before they counted
    # Whether a document that is kept in another case file counts, the circular leaves open.
    if (
        whole
        and total is not None
        and not any(total in (number, number + left) for number in (len(standing), len(own)))
    ):
        facts = {"declared": total, "counted": len(standing)}
        place = row_place("case-file", declared.row, "totalDoc")
        yield Finding(CHECK, "documents-differ", Severity.ERROR, place, facts)
    counted = [counted_pages(context, document) for document in declared.documents]
    for document, pages in zip(declared.documents, counted, strict=True):
        yield from _pages(document.kind, document.row, document.fields, pages)
    known = [pages for pages in counted if pages is not None]
    if whole and len(known) == len(counted) and not left:
        yield from _pages("case-file", declared.row, declared.fields, sum(known))
    yield from _twice(declared.documents)


def counted_pages(context: CheckContext, document: DeclaredDocument) -> int | None:
    """Pages of all files of a document; ``None`` where there are none or one cannot be counted."""
    total = 0
    for file in document.files:
        if file.standing == PROCESS or file.made is not None:
            continue
        received = context.files.get(file.path)
        pages = received.facts.pages if received is not None else None
        if pages is None:
            return None
        total += pages
    return total or None


def _pages(kind: str, row: int, fields: dict[str, str], counted: int | None) -> Iterator[Finding]:
    declared = _number(fields.get("numberOfPage", ""))
    if declared is not None and counted is not None and declared != counted:
        facts = {"declared": declared, "counted": counted}
        place = row_place(kind, row, "numberOfPage")
        yield Finding(CHECK, "pages-differ", Severity.WARNING, place, facts)


def _twice(documents: list[DeclaredDocument]) -> Iterator[Finding]:
    for name in ("docId", "docCode"):
        first: dict[str, int] = {}
        for document in documents:
            value = document.fields.get(name, "")
            if value and first.setdefault(value, document.row) != document.row:
                facts = {"value": value[:200], "row": first[value]}
                place = row_place(document.kind, document.row, name)
                yield Finding(CHECK, "identifier-twice", Severity.ERROR, place, facts)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else None
