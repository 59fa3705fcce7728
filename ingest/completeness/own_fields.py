"""Fields of its own that an agency requires, as rules of completeness."""

from collections.abc import Iterable

from archive_service import clock, messages
from archive_service.domain.agencies.own_field import OwnField, OwnSubject
from archive_service.law import RuleSetMeta
from ingest.completeness.rules import Basis, CompletenessSet, Kind, Level, Rule

CODE = "own-fields"  # of the set, and of the check that tells of them at the desk
_WORDS = "labels.own-required"


def own_set(fields: Iterable[OwnField]) -> CompletenessSet | None:
    """One rule a required field; ``None`` where none is required."""
    rules = tuple(_rule(field) for field in fields if field.required and field.retired_on is None)
    if not rules:
        return None
    meta = RuleSetMeta(
        code=CODE,
        title=messages.text(f"{_WORDS}.set", "vi"),
        instrument=messages.text(f"{_WORDS}.instrument", "vi"),
        article=messages.text(f"{_WORDS}.article", "vi"),
        valid_from=clock.today(),
    )
    return CompletenessSet(meta, messages.text(f"{_WORDS}.set", "en"), Basis.OWN, rules)


def _rule(field: OwnField) -> Rule:
    def said(name: str, lang: str) -> str:
        return messages.text(f"{_WORDS}.{name}", lang, label=field.label)

    return Rule(
        code=field.name,
        kind=Kind.FIELDS,
        title=said("title", "vi"),
        title_en=said("title", "en"),
        todo=said("todo", "vi"),
        todo_en=said("todo", "en"),
        level=Level.REQUIRED,
        citation="",
        certainty="",
        of_case_file=field.subject is OwnSubject.CASE_FILE,
        fields=(field.key,),
        told_by=CODE,
    )
