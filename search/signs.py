"""Days by one name however they are written, so that each form finds every other.

``03/3/2025``, ``3-3-2025``, ``ngày 03 tháng 3 năm 2025`` and the date field of a document are all
``d20250303`` and, for who knows the month alone, ``m202503``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archive_service.text import fold

_YEAR = r"((?:1[89]|20)\d\d)"
_NUMERIC = re.compile(
    rf"(?<![\d/.\-])(?:(\d{{1,2}})([/.\-]))?(\d{{1,2}})([/.\-]){_YEAR}(?![\d/\-])"
)
_IN_WORDS = re.compile(
    rf"(?:(?<![^\W_])ngay\s+(\d{{1,2}})\s*)?(?<![^\W_])thang\s+(\d{{1,2}})\s*,?\s+nam\s+{_YEAR}(?!\d)"
)
_YEAR_FIRST = re.compile(rf"{_YEAR}[/.\-](\d{{1,2}})[/.\-](\d{{1,2}})")
_WITHOUT_SIGNS = re.compile(rf"(\d\d)(\d\d){_YEAR}")
_SHORT_YEAR = re.compile(r"(\d{1,2})/(\d{1,2})/(\d\d)")
_LAST_CENTURY = 50  # a year of two digits from here on
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_UNGROUPED = re.compile(r"[1-9]\d{3,11}")


@dataclass(frozen=True, slots=True)
class Sign:
    """A day or a month and where it stands in the text."""

    names: tuple[str, ...]  # the narrowest first
    start: int
    end: int


def days_in(text: str) -> Iterator[Sign]:
    """Every day and month of a text in NFC; what is no day of the calendar is left out."""
    for found in _NUMERIC.finditer(text):
        day, first_sign, month, sign, year = found.groups()
        if day is None and sign != "/":  # 3.2025 and 3-2025 are as well something else
            continue
        if day is not None and first_sign != sign:
            continue
        if names := _names(day, month, year):
            yield Sign(names, *found.span())
    folded = fold(text)
    if len(folded) == len(text):
        for found in _IN_WORDS.finditer(folded):
            if names := _names(*found.groups()):
                yield Sign(names, *found.span())


def names_of_date(date: str | None) -> tuple[str, ...]:
    """The names of an ISO day, month or year."""
    parts = (date or "").split("-")
    if len(parts) < 2:
        return ()
    return _names(parts[2] if len(parts) > 2 else None, parts[1], parts[0])


def number_otherwise(text: str) -> tuple[str, ...] | None:
    """``6480`` parted as ``6.480`` is, and the other way; ``None`` of what is neither."""
    if _GROUPED.fullmatch(text):
        return (re.sub(r"\D", "", text),)
    if _UNGROUPED.fullmatch(text):
        return tuple(f"{int(text):,}".split(","))
    return None


def day_typed(text: str) -> tuple[str, ...]:
    """The names of a day as no paper writes it: ``2025-03-03``, ``03032025``, ``3/3/25``."""
    if found := _YEAR_FIRST.fullmatch(text):
        return _names(found[3], found[2], found[1])
    if found := _WITHOUT_SIGNS.fullmatch(text):
        return _names(*found.groups())
    if found := _SHORT_YEAR.fullmatch(text):
        century = "20" if int(found[3]) < _LAST_CENTURY else "19"
        return _names(found[1], found[2], century + found[3])
    return ()


def _names(day: str | None, month: str, year: str) -> tuple[str, ...]:
    if not 1 <= int(month) <= 12:
        return ()
    whole_month = f"m{year}{int(month):02}"
    if day is None:
        return (whole_month,)
    return (f"d{year}{int(month):02}{int(day):02}", whole_month) if 1 <= int(day) <= 31 else ()
