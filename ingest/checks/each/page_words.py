"""Words of PDFs and fields: marks of secrecy, and letters of encodings before Unicode."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from archive_service import law
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredDocument
from archive_service.formats.secrecy import levels, mark_in_name
from archive_service.text import detect_legacy
from ingest.checks.port import CheckContext

CHECK = "page-words"
MARK_SEEN = "secrecy-mark-seen"  # stops the submission until a second person says it is none
_NAMES = ("title", "subject", "imageTitle", "movieTitle", "eventName")
_TEXTS = (*_NAMES, "organName", "signer", "receivers", "description", "creator")


def check(context: CheckContext) -> Iterator[Finding]:
    """A mark in a title, in the urgency, in the words or the name of a file; old letters."""
    declared = context.declared
    yield from _of_row("case-file", declared.row, declared.fields)
    for document in declared.documents:
        yield from _of_row(document.kind, document.row, document.fields)
        yield from _of_urgency(document)
    for file in context.files.values():
        if mark := file.facts.mark or mark_in_name(file.path):
            yield Finding(CHECK, MARK_SEEN, Severity.ERROR, file.path, {"mark": mark})
        if file.facts.text is None:
            continue
        words = file.facts.text.first
        if encoding := detect_legacy(words):
            facts = {"encoding": encoding}
            yield Finding(CHECK, "legacy-text-layer", Severity.INFO, file.path, facts)


def _of_row(kind: str, row: int, fields: Mapping[str, str]) -> Iterator[Finding]:
    labels = {rule.name: rule.label_vi for rule in law.fields(kind)}
    for name in _TEXTS:
        value = fields.get(name, "")
        place = row_place(kind, row, name)
        if name in _NAMES and (mark := _mark_within(value)):
            yield Finding(CHECK, MARK_SEEN, Severity.ERROR, place, {"mark": mark})
        if value and (encoding := detect_legacy(value)):
            facts = {"encoding": encoding, "field": labels.get(name, name)}
            yield Finding("spreadsheet", "legacy-text", Severity.WARNING, place, facts)


def _of_urgency(document: DeclaredDocument) -> Iterator[Finding]:
    """NĐ 30 PL VI names the field for both: urgency and secrecy."""
    value = document.fields.get("urgency", "")
    if mark := _mark_within(value.upper()):
        place = row_place(document.kind, document.row, "urgency")
        yield Finding(CHECK, "secrecy-mark-declared", Severity.ERROR, place, {"mark": mark})


def _mark_within(text: str) -> str:
    """A mark in brackets or at the very beginning or end; running text has none in capitals."""
    found = _pattern().search(text)
    return found[1] if found else ""


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    marks = "|".join(re.escape(mark) for mark in levels())
    return re.compile(rf"(?:^\s*|[(\[])({marks})(?=\s*[)\]:.,-]|\s*$)")
