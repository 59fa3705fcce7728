"""Elements of form (thể thức) of administrative documents, by data and by the words of pages."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import cast

from archive_service import law, messages
from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredDocument
from archive_service.text import detect_legacy, fold
from ingest.checks.each.both_signatures import is_exempt
from ingest.checks.port import CheckContext, ReceivedFile
from ingest.checks.reference_documents import BESIDE
from ingest.checks.rules import Rule, rules

CHECK = "formalities"
RULES = "formalities"
_BESIDE_LETTERS = re.compile(r"[^a-z0-9,#]")
_FEW_LETTERS = 40  # of a page: less is no text layer, or a stamp on a scanned page


def check(context: CheckContext) -> Iterator[Finding]:
    """One for each element that a document lacks, as far as data and text layer tell."""
    labels = {rule.name: rule.label_vi for rule in law.fields("document")}
    for document in context.declared.documents:
        if document.kind != "document" or not document.fields.get("typeName"):
            continue
        for rule in rules(RULES, home=context.home).values():
            if rule.on and not _is_of_page(rule) and _is_missing(context, document, rule):
                place = row_place(document.kind, document.row, rule.key)
                facts = {"element": labels.get(rule.key, rule.key), "source": rule.citation}
                yield Finding(CHECK, "element-missing", rule.severity, place, facts)
        yield from _of_page_one(context, document)


def _of_page_one(context: CheckContext, document: DeclaredDocument) -> Iterator[Finding]:
    """What page 1 of an electronic document of a state agency bears, where its words are there."""
    if not context.known.is_issuer(document.fields.get("organName", "")):
        return
    file = None if is_exempt(context, document) else _with_words(context, document)
    if file is None or file.facts.text is None:
        return
    words = _squeezed(file.facts.text.first)
    for rule in rules(RULES, home=context.home).values():
        is_asked = rule.on and _is_of_page(rule) and not _is_excepted(document, rule)
        if is_asked and not any(pattern.search(words) for pattern in _patterns(rule.key)):
            element = messages.text(f"labels.elements.{rule.key}")
            facts = {"element": element, "source": rule.citation}
            yield Finding(CHECK, "element-not-on-page", rule.severity, file.path, facts)


def _with_words(context: CheckContext, document: DeclaredDocument) -> ReceivedFile | None:
    """The first of its own files with a text layer that can be read as Vietnamese."""
    for file in document.files:
        received = context.files.get(file.path)
        if received is None or file.standing in BESIDE or received.facts.text is None:
            continue
        first = received.facts.text.first
        if len(_squeezed(first)) >= _FEW_LETTERS and not detect_legacy(first):
            return received
    return None


@lru_cache(maxsize=16)
def _patterns(key: str) -> tuple[re.Pattern[str], ...]:
    """The phrases of a rule; ``#`` is a number that may be left to be written in."""
    row = rules(RULES)[key].row
    phrases = (_squeezed(phrase) for phrase in cast("Sequence[str]", row["phrase"]))
    return tuple(re.compile(re.escape(phrase).replace(r"\#", "[0-9]{0,4}")) for phrase in phrases)


def _squeezed(text: str) -> str:
    """Letters without marks, digits and commas: spacing, lines and dashes are set freely."""
    return _BESIDE_LETTERS.sub("", fold(text))


def _is_of_page(rule: Rule) -> bool:
    return rule.row.get("page") == "first"


def _is_excepted(document: DeclaredDocument, rule: Rule) -> bool:
    return document.fields["typeName"] in cast("Sequence[str]", rule.row.get("except", ()))


def _is_missing(context: CheckContext, document: DeclaredDocument, rule: Rule) -> bool:
    if document.fields.get(rule.key) or _is_excepted(document, rule):
        return False
    phrases = [fold(phrase) for phrase in cast("Sequence[str]", rule.row.get("phrase", ()))]
    words = fold(_words(context, document)) if phrases else ""
    return not any(phrase in words for phrase in phrases)


def _words(context: CheckContext, document: DeclaredDocument) -> str:
    texts = [
        received.facts.text
        for file in document.files
        if (received := context.files.get(file.path)) is not None
    ]
    return "\n".join(f"{text.first}\n{text.last}" for text in texts if text is not None)
