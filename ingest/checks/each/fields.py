"""The fields of case file and documents: there, well-formed, and no longer than can be kept."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from sqlalchemy import String

from archive_service import law
from archive_service.domain.base import Base
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import (
    Document,
    DocumentRelation,
    PictureDescription,
    RecordingDescription,
)
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.law import FieldRule
from archive_service.text import fold, telling
from ingest.channels.values import is_date, is_moment
from ingest.checks.port import CheckContext

CHECK = "fields"
LARGEST = 2**31 - 1  # what a column of whole numbers holds
# What programs put in the place of letters that an old encoding does not have: K? ho?ch.
_LOST = re.compile(r"\ufffd|(?<!\S)[^\s/=]*[^\W\d_]\?[^\W\d_][^\s/=]*(?!\S)")  # no address
# Nobody sees these, and some turn the letters around them: controls and marks of direction.
_UNSEEN = re.compile("[\x80-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_YEARS = re.compile(r"0*(\d{1,3})\s*nam")  # of folded text
_CAMEL = re.compile(r"(?<!^)(?=[A-Z])")
_TABLES: dict[str, tuple[type[Base], ...]] = {
    "case-file": (CaseFile,),
    "document": (Document, DocumentRelation),
    "picture": (Document, PictureDescription, DocumentRelation),
    "media": (Document, RecordingDescription, DocumentRelation),
}
_OWN_COLUMNS = {"term": "term_years", "fileCode": "code", "relatesTo": "target"}
_CHECKED_ELSEWHERE = {"files", "sha256", "processFiles"}
_NAMES = {"title", "subject"}  # a dash in their place names nothing


def check(context: CheckContext) -> Iterator[Finding]:
    """Each field of each row that is missing, malformed or too long."""
    declared = context.declared
    of_case_file = _of_row("case-file", declared.row, declared.fields, declared.fields)
    yield from (
        finding  # what is added says of the case file only what is to be corrected
        for finding in of_case_file
        if context.register.addition is None or finding.code != "field-missing"
    )
    for document in declared.documents:
        inherited = {**declared.fields, **document.fields}
        beside = {name: inherited.get(name) for name in ("confidenceLevel", "riskRecovery")}
        yield from _of_row(document.kind, document.row, document.fields, beside)
        if bool(document.fields.get("relatesTo")) != bool(document.fields.get("relation")):
            place = row_place(document.kind, document.row, "relation")
            yield Finding(CHECK, "relation-incomplete", Severity.ERROR, place)


def _of_row(
    kind: str, row: int, values: Mapping[str, str], beside: Mapping[str, str | None]
) -> Iterator[Finding]:
    for rule in law.fields(kind):
        if rule.name in _CHECKED_ELSEWHERE:
            continue
        value = values.get(rule.name, "")
        if not value and not rule.required_for(beside):  # most of them, of every row
            continue
        place = row_place(kind, row, rule.name)
        event_facts = {"field": rule.label_vi, "value": value[:200]}
        if unseen := _UNSEEN.findall(value):
            names = ", ".join(sorted({f"U+{ord(letter):04X}" for letter in unseen}))
            facts = {"field": rule.label_vi, "characters": names}
            yield Finding(CHECK, "invisible-character", Severity.WARNING, place, facts)
        if _LOST.search(value):
            yield Finding(CHECK, "letters-lost", Severity.WARNING, place, event_facts)
        if not (telling(value) if rule.name in _NAMES else value):
            yield Finding(CHECK, "field-missing", Severity.ERROR, place, event_facts)
        elif (wrong := _malformed(rule, value)) is not None:
            facts = event_facts | ({"known": _known(rule)} if wrong == "code-not-in-list" else {})
            years = _YEARS.fullmatch(fold(value).strip()) if rule.name == "maintenance" else None
            if years and int(years[1]) not in _listed_years():
                wrong, facts = "period-in-years", event_facts | {"years": years[1]}
            yield Finding(CHECK, wrong, Severity.ERROR, place, facts)
        else:
            yield from _length(kind, rule, value, place)


def _listed_years() -> set[int]:
    """Terms of the list of codes that are a number of years."""
    matches = (
        _YEARS.fullmatch(fold(label)) for label in law.code_list("maintenance").codes.values()
    )
    return {int(years[1]) for years in matches if years}


def _malformed(rule: FieldRule, value: str) -> str | None:
    """Code of the finding for a value that is not of the field's form."""
    if rule.code_list is not None:
        known = law.code_list(rule.code_list).codes
        codes = value.split(";") if rule.many else [value]
        return None if all(code in known for code in codes) else "code-not-in-list"
    if rule.type == "Date":
        return None if is_date(value) else "date-malformed"
    if rule.type == "DateTime":
        return None if is_moment(value) else "date-malformed"
    if rule.type == "Number":
        least = 1 if rule.name == "term" else 0
        whole = re.fullmatch(r"[0-9]{1,10}", value) is not None
        return None if whole and least <= int(value) <= LARGEST else "number-malformed"
    return None


def _known(rule: FieldRule) -> str:
    codes = law.code_list(str(rule.code_list)).codes
    return "; ".join(f"{code} {label}" for code, label in codes.items())[:1000]


def _length(kind: str, rule: FieldRule, value: str, place: str) -> Iterator[Finding]:
    """Longer than the circular's table is odd; longer than the column cannot be kept."""
    most = capacity(kind, rule.name)
    facts = {"field": rule.label_vi, "length": len(value)}
    if most is not None and len(value) > most:
        yield Finding(CHECK, "field-too-long", Severity.ERROR, place, facts | {"limit": most})
    elif rule.length is not None and len(value) > rule.length:
        event_facts = facts | {"limit": rule.length, "source": rule.source}
        yield Finding(CHECK, "field-longer-than-table", Severity.WARNING, place, event_facts)


@lru_cache(maxsize=512)
def capacity(kind: str, name: str) -> int | None:
    """How many characters the column of a field holds; ``None`` where any number fits."""
    column = _OWN_COLUMNS.get(name) or _CAMEL.sub("_", name).lower()
    for table in _TABLES[kind]:
        found = table.__table__.columns.get(column)
        if found is not None and isinstance(found.type, String):
            return found.type.length
    return None
