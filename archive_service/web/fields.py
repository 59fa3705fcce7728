"""Labels and values of the fields of the law, as pages show them."""

from archive_service import law
from archive_service.law import FieldRule
from archive_service.web import display
from archive_service.web.language import language

_ACCESS = {"01": "public", "02": "conditional"}


def label_of(rule: FieldRule) -> str:
    """The name of a field in the reader's language."""
    return rule.label_en if language() == "en" and rule.label_en else rule.label_vi


def shown_value(rule: FieldRule, value: str) -> str:
    """Codes as their labels, days as they are written here."""
    if not value:
        return ""
    if rule.code_list is not None:
        codes = law.code_list(rule.code_list)
        return ", ".join(codes.label(one, language()) for one in value.split(";"))
    if rule.type == "DateTime" and "T" in value:  # kept ones; what was declared is as it was typed
        return display.moment(value)
    return shown_day(value) if rule.type == "Date" else value


def shown_day(value: str) -> str:
    """``2025-03-18`` as ``18/03/2025``, ``2025-03`` as ``03/2025``; anything else as it is."""
    parts = value.split("-")
    return "/".join(reversed(parts)) if all(part.isdecimal() for part in parts) else value


def access_word(mode: str) -> str:
    """The word of a chế độ sử dụng that the badges know."""
    return _ACCESS.get(mode, "closed")
