"""Documents that bear what another bears: identifier, or number, symbol, issuer and date."""

from collections.abc import Iterator

from archive_service.domain.finding import Finding, Severity
from ingest.checks.port import CheckContext
from ingest.known_documents import number_key
from ingest.places import row_place

CHECK = "repeated"


def check(context: CheckContext) -> Iterator[Finding]:
    """Each that repeats one before it here, or one in custody (NĐ 30/2020 PL VI.I.III.1h)."""
    first: dict[str, int] = {}
    adds = context.adds_to_held
    for document in context.declared.documents:
        key = number_key(document.fields)
        place = row_place(document.kind, document.row, "codeNumber")
        if key and first.setdefault(key, document.row) != document.row:
            other = row_place(document.kind, first[key])
            yield _told("document-repeated", place, number=_number(key), other=other)
        if not adds and (code := context.known.numbers.get(key)) is not None:
            name = "document-held" if code else "document-held-elsewhere"
            yield _told(name, place, code=code, number=_number(key))
        identifier = document.fields.get("docId", "")
        if not adds and (code := context.known.identifiers.get(identifier)) is not None:
            place = row_place(document.kind, document.row, "docId")
            name = "identifier-held" if code else "identifier-held-elsewhere"
            yield _told(name, place, code=code, value=identifier[:200])


def _told(name: str, place: str, **facts: str) -> Finding:
    return Finding(CHECK, name, Severity.WARNING, place, dict(facts))


def _number(key: str) -> str:
    number, symbol, *_ = key.split("|")
    return f"{number}/{symbol.upper()}"
