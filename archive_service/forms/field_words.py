"""Names and values of the fields of the law in words, for pages and commands."""

import datetime as dt

from archive_service import law, messages
from archive_service.law import FieldRule


def label_of(rule: FieldRule, lang: str) -> str:
    """The name of a field in that language."""
    return rule.label_en if lang == "en" and rule.label_en else rule.label_vi


def value_words(rule: FieldRule, value: str, lang: str) -> str:
    """Codes as their labels, days as they are written here."""
    if not value:
        return ""
    if rule.code_list is not None:
        codes = law.code_list(rule.code_list)
        return ", ".join(codes.label(part, lang) for part in value.split(";"))
    if rule.type == "DateTime" and "T" in value:  # kept ones; what was declared is as it was typed
        return _moment_words(value, lang)
    return day_words(value) if rule.type == "Date" else value


def _moment_words(value: str, lang: str) -> str:
    """On a Vietnamese clock; one without a zone is told as it was written."""
    try:
        return messages.shown(dt.datetime.fromisoformat(value), lang)
    except ValueError:
        return value


def day_words(value: str) -> str:
    """``2025-03-18`` as ``18/03/2025``, ``2025-03`` as ``03/2025``; anything else as it is."""
    parts = value.split("-")
    return "/".join(reversed(parts)) if all(part.isdecimal() for part in parts) else value


def word_of(group: str, value: str, lang: str, *, or_else: str = "") -> str:
    """The label of a value, or what stands for it where there is none."""
    key = f"labels.{group}.{value}"
    words = messages.text(key, lang)
    return (or_else or value) if words == key else words
