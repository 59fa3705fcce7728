"""Documents that bear what another bears: identifier, file, or number, symbol, issuer, date."""

from collections.abc import Iterator, Mapping

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredCaseFile, DeclaredDocument
from ingest.checks.port import CheckContext
from ingest.register.known_documents import number_key
from ingest.register.waiting_documents import identifier_mark, number_mark

CHECK = "repeated"


def check(context: CheckContext) -> Iterator[Finding]:
    """Each that repeats one here, on the desk or in custody (NĐ 30/2020 PL VI.I.III.1h)."""
    yield from within(context.declared)
    yield from waiting(context.declared, context.register.open_documents)
    known = context.known
    if not context.adds_to_held:
        yield from in_custody(
            context.declared, numbers=known.numbers, identifiers=known.identifiers
        )


def in_custody(
    declared: DeclaredCaseFile, *, numbers: Mapping[str, str], identifiers: Mapping[str, str]
) -> Iterator[Finding]:
    """Each that repeats one of another case file.

    Args:
        numbers: by ``number_key`` the code of that case file; empty where it is another agency's.
        identifiers: by ``docId``, likewise.
    """
    for document in declared.documents:
        key = number_key(document.fields)
        place = row_place(document.kind, document.row, "codeNumber")
        if (code := numbers.get(key)) is not None:
            name = "document-held" if code else "document-held-elsewhere"
            yield _finding(name, place, code=code, number=_number(document))
        identifier = document.fields.get("docId", "")
        if (code := identifiers.get(identifier)) is not None:
            place = row_place(document.kind, document.row, "docId")
            name = "identifier-held" if code else "identifier-held-elsewhere"
            yield _finding(name, place, code=code, value=identifier[:200])


def waiting(declared: DeclaredCaseFile, codes: Mapping[str, str]) -> Iterator[Finding]:
    """Each that repeats one of another case file that waits; ``codes`` by mark the code of it."""
    for document in declared.documents:
        fields = document.fields
        if (code := codes.get(number_mark(fields))) is not None:
            place = row_place(document.kind, document.row, "codeNumber")
            facts = {"code": code, "number": _number(document)}
            yield Finding(CHECK, "document-waits-elsewhere", Severity.INFO, place, facts)
        if (code := codes.get(identifier_mark(fields))) is not None:
            place = row_place(document.kind, document.row, "docId")
            facts = {"code": code, "value": fields["docId"][:200]}
            yield Finding(CHECK, "identifier-waits-elsewhere", Severity.INFO, place, facts)


def within(declared: DeclaredCaseFile) -> Iterator[Finding]:
    """Each that repeats one before it in the same case file."""
    first: dict[str, int] = {}
    named_by: dict[str, int] = {}
    for document in declared.documents:
        for path in dict.fromkeys(file.path for file in document.files):
            if named_by.setdefault(path, document.row) != document.row:
                other = row_place(document.kind, named_by[path])
                place = row_place(document.kind, document.row)
                yield _finding("file-of-two-documents", place, file=path, other=other)
        key = "" if document.replaced else number_key(document.fields)
        if key and first.setdefault(key, document.row) != document.row:
            place = row_place(document.kind, document.row, "codeNumber")
            other = row_place(document.kind, first[key])
            yield _finding("document-repeated", place, number=_number(document), other=other)


def _number(document: DeclaredDocument) -> str:
    """As it is written."""
    return "/".join(document.fields.get(name, "") for name in ("codeNumber", "codeNotation"))


def _finding(name: str, place: str, **facts: str) -> Finding:
    return Finding(CHECK, name, Severity.WARNING, place, dict(facts))
