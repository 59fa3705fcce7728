"""Labels and values of the fields of the law, as pages show them."""

from archive_service.forms import field_words
from archive_service.law import FieldRule
from archive_service.web.language import language

_ACCESS = {"01": "public", "02": "conditional"}


def label_of(rule: FieldRule) -> str:
    """The name of a field in the reader's language."""
    return field_words.label_of(rule, language())


def shown_value(rule: FieldRule, value: str) -> str:
    """Codes as their labels, days as they are written here."""
    return field_words.value_words(rule, value, language())


def shown_day(value: str) -> str:
    """``2025-03-18`` as ``18/03/2025``, ``2025-03`` as ``03/2025``; anything else as it is."""
    return field_words.day_words(value)


def access_word(mode: str) -> str:
    """The word of a chế độ sử dụng that the badges know."""
    return _ACCESS.get(mode, "closed")
