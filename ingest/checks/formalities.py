"""Elements of form (thể thức) of administrative documents, by data and by the words of pages."""

from collections.abc import Iterator, Sequence
from typing import cast

from archive_service import law
from archive_service.domain.finding import Finding
from archive_service.domain.submission import DeclaredDocument
from archive_service.text import fold
from ingest.checks.port import CheckContext
from ingest.checks.rules import Rule, rules
from ingest.places import row_place

CHECK = "formalities"
RULES = "formalities"


def check(context: CheckContext) -> Iterator[Finding]:
    """One for each element that a document lacks, as far as data and text layer tell."""
    labels = {rule.name: rule.label_vi for rule in law.fields("document")}
    for document in context.declared.documents:
        if document.kind != "document" or not document.fields.get("typeName"):
            continue
        for rule in rules(RULES, key="field").values():
            if rule.on and _is_missing(context, document, rule):
                place = row_place(document.kind, document.row, rule.key)
                facts = {"element": labels.get(rule.key, rule.key), "source": rule.citation}
                yield Finding(CHECK, "element-missing", rule.severity, place, facts)


def _is_missing(context: CheckContext, document: DeclaredDocument, rule: Rule) -> bool:
    exempt = cast("Sequence[str]", rule.row.get("except", ()))
    if document.fields.get(rule.key) or document.fields["typeName"] in exempt:
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
