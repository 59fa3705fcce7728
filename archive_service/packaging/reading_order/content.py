"""A case file as a person reads it: its documents in order of time, its data under their names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from lxml import etree

from archive_service import law, messages
from archive_service.clock import local
from archive_service.packaging.descriptive import PREFIX, circular_date, field_rules, iso_date
from archive_service.packaging.markup import SOFTWARE_NAME
from archive_service.packaging.model import (
    FileRole,
    Package,
    PackageDocument,
    PackageFile,
    PackageKind,
    PremisEvent,
)
from archive_service.packaging.schema_files import schema_path

_XS = "{http://www.w3.org/2001/XMLSchema}"
_DATES = ("issuedDate", "photoTime", "recordDate")
_SUBJECTS = ("subject", "imageTitle", "movieTitle", "eventName")
_AUTHORS = ("organName", "photographer", "recorder")

Words = Callable[[str, str], str]  # a field and its code -> what the code means


def circular_words(name: str, value: str) -> str:
    """What a value means in Vietnamese: a code by its list, an event or outcome by its label."""
    if name in ("eventType", "eventOutcome"):
        group = "premis-events" if name == "eventType" else "premis-outcomes"
        known = messages.has(f"labels.{group}.{value}")
        return messages.label(group, value) if known else value
    codes = law.code_lists().get(name)
    if codes is None:
        return value
    parts = value.replace(",", ";").split(";")
    return "; ".join(codes.label(part.strip()) for part in parts)


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One line of the mục lục văn bản, but for the page, which is known once all are joined."""

    number_and_symbol: str
    date: str
    type_and_abstract: str
    author: str
    note: str


def in_time_order(package: Package) -> list[PackageDocument]:
    """Documents by their date, the undated last, then by their ordinal.

    Source: NĐ 30/2020/NĐ-CP, Phụ lục VI, I.III.4: a whole case file in order of time.
    """
    return sorted(
        package.documents, key=lambda each: (_date(each) == "", _date(each), each.ordinal)
    )


def _first(document: PackageDocument, names: Sequence[str]) -> str:
    return next((document.fields[name] for name in names if document.fields.get(name)), "")


def _date(document: PackageDocument) -> str:
    return iso_date(_first(document, _DATES))


def index_row(document: PackageDocument, words: Words) -> IndexRow:
    """What the index says of one document."""
    fields = document.fields
    number, symbol = fields.get("codeNumber", ""), fields.get("codeNotation", "")
    kind = words("typeName", fields["typeName"]) if fields.get("typeName") else ""
    subject = _first(document, _SUBJECTS)
    return IndexRow(
        number_and_symbol="/".join(part for part in (number, symbol) if part),
        date=circular_date(_date(document)),
        type_and_abstract=subject if subject.startswith(kind) else f"{kind}: {subject}",
        author=_first(document, _AUTHORS),
        note=fields.get("description", ""),
    )


def printable(document: PackageDocument) -> list[PackageFile]:
    """The files that show the document: PDFs, or else its page images; never a twin.

    Of a PDF and the one that it was migrated to, or that took its place, the newer one.
    """
    shown = [
        file
        for file in document.files
        if file.role not in (FileRole.ACCESS, FileRole.PROCESS) and not file.superseded
    ]
    pdfs = [file for file in shown if file.media_type == "application/pdf"]
    migrated = {path for file in pdfs for path in file.derived_from}
    newest = [file for file in pdfs if file.path not in migrated]
    return newest or [file for file in shown if file.media_type.startswith("image/")]


def facts_of(package: Package, words: Words) -> list[tuple[str, str]]:
    """The case file's data as pairs of name and value; with who kept it, where that is known.

    Source: NĐ 30/2020/NĐ-CP, Phụ lục VI, II.III.5: the creator is a datum of the case file.
    """
    facts = _facts(package.kind, "EAD", package.fields, words)
    if package.creator:
        facts.append((messages.text("packages.creator", "vi"), package.creator))
    return facts + _fonds_facts(package.fonds)


def facts_of_document(
    package: Package, document: PackageDocument, words: Words
) -> list[tuple[str, str]]:
    """A document's data, and its files with format, size in bytes and digest."""
    facts = _facts(package.kind, PREFIX[document.kind], document.fields, words)
    for file in document.files:
        name = file.original_name or file.path
        text = f"{file.media_type}, {file.size_bytes} byte\nSHA-256 {file.sha256}"
        facts.append((name, text))
    return facts


def _facts(
    kind: PackageKind, form: str, fields: Mapping[str, str], words: Words
) -> list[tuple[str, str]]:
    rules, labels = field_rules(kind, form), field_labels(kind, form)
    return [
        (labels[name], circular_date(fields[name]) if rule.is_date else words(name, fields[name]))
        for name, rule in rules.items()
        if fields.get(name)
    ]


def _fonds_facts(fonds: Mapping[str, str]) -> list[tuple[str, str]]:
    """Which fonds it belongs to, and what became of that."""
    shown = [
        ("fonds", " – ".join(fonds[name] for name in ("code", "name") if name in fonds)),
        ("state", messages.label("fonds-states", fonds["state"]) if "state" in fonds else ""),
        ("period", fonds.get("period", "")),
        ("opened-on", circular_date(fonds.get("opened_on", ""))),
        ("closed-on", circular_date(fonds.get("closed_on", ""))),
        ("successor", fonds.get("successor_code", "")),
    ]
    return [(messages.label("fonds-facts", name), value) for name, value in shown if value]


@cache
def field_labels(kind: PackageKind, form: str) -> dict[str, str]:
    """Vietnamese names of the fields of one form, as the circular prints them."""
    schema = etree.parse(schema_path(f"{form}.xsd", kind))
    return {
        each.get("name", ""): each.findtext(f"{_XS}annotation/{_XS}documentation") or ""
        for each in schema.iterfind(f".//{_XS}all/{_XS}element")
    }


def history_rows(events: Sequence[PremisEvent], words: Words) -> list[tuple[str, str, str, str]]:
    """Acts in order of time: when, what, with which result, by whom."""
    return [
        (
            f"{local(event.at):%d/%m/%Y %H:%M:%S}",
            words("eventType", event.type),
            "; ".join(part for part in _outcome_words(event, words) if part),
            event.agent or SOFTWARE_NAME,
        )
        for event in sorted(events, key=lambda event: event.at)
    ]


def _outcome_words(event: PremisEvent, words: Words) -> tuple[str, str, str]:
    return event.detail, words("eventOutcome", event.outcome), event.outcome_note
