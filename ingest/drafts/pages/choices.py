"""What may be chosen in a field of a draft: its code list, own choices, keywords that are known."""

from flask import url_for

from archive_service import law
from archive_service.catalogue.holdings.term_fields import KIND_OF_FIELD
from archive_service.domain.agencies.own_field import OwnField
from archive_service.domain.agencies.term import TermKind
from archive_service.law import FieldRule
from archive_service.web.language import language
from archive_service.web.layout import t
from ingest.channels.values import MODE_MAT


def suggests(name: str) -> str:
    """Where keywords and codes of the file plan are asked for while one types.

    Persons and places are the archive's to see.
    """
    if name == "fileCode":
        return url_for("file_plans.suggest_codes")
    if KIND_OF_FIELD.get(name) is not TermKind.KEYWORD:
        return ""
    return url_for("terms.suggest", kind=TermKind.KEYWORD.value, field="value")


def own_options(field: OwnField, value: str) -> list[tuple[str, str]]:
    if not field.choices:
        return []
    known = [*field.choices, *([value] if value and value not in field.choices else [])]
    return [("", t("pages.submit.choose")), *((one, one) for one in known)]


def options(rule: FieldRule, value: str) -> list[tuple[str, str]]:
    if rule.code_list is None:
        return []
    codes = law.code_list(rule.code_list)
    choices = [
        (code, codes.label(code, language()))
        for code in codes.codes
        if (rule.name, code) != ("mode", MODE_MAT) or value == code
    ]
    if value and value not in codes.codes:
        choices.append((value, value))
    return [("", t("pages.submit.choose")), *choices]
