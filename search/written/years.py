"""Years as people type them: ``2025``, ``25``, ``2020-2025``, and said in words."""

import re

from archive_service.text import fold
from search.written.spoken import number_said

_YEAR, _SHORT = re.compile(r"\d{4}"), re.compile(r"'?(\d\d)")
_RANGE = re.compile(r"(\d{4})\s*(?:-|–|—|\.\.\.?|/|den)\s*(\d{4})")
_DIGIT = re.compile(r"\d")
_LIKE_DIGITS = str.maketrans("oOlI", "0011")  # what machines and people take for them
_LAST_CENTURY = 50  # a year of two digits from here on
_MOST = 100
_SAID_YEARS, _LONGEST_SAID = range(1900, 2100), 8


def years_of(text: str) -> list[int]:
    """The years meant; none where it is no year."""
    text = text.strip()
    if _DIGIT.search(text):
        text = text.translate(_LIKE_DIGITS)
    if _YEAR.fullmatch(text):
        return [int(text)]
    if found := _RANGE.fullmatch(fold(text)):
        first, last = sorted(map(int, found.groups()))
        return list(range(first, last + 1)) if last - first < _MOST else []
    if found := _SHORT.fullmatch(text):
        return [year_of_two_digits(found[1])]
    digits = number_said(fold(text).split())
    return [digits] if digits is not None and _YEAR.fullmatch(str(digits)) else []


def year_said(text: str) -> str:
    """The text with a year in digits that is said after its word: ``năm hai không hai tư``."""
    words = text.split()
    for at, word in enumerate(words):
        for size in range(_LONGEST_SAID, 1, -1) if fold(word) == "nam" else ():
            digits = number_said(words[at + 1 : at + 1 + size])
            if digits in _SAID_YEARS:
                return " ".join([*words[: at + 1], str(digits), *words[at + 1 + size :]])
    return text


def year_of_two_digits(digits: str) -> int:
    """``25`` is 2025, ``98`` is 1998."""
    return (2000 if int(digits) < _LAST_CENTURY else 1900) + int(digits)


def year_name(year: int | str) -> str:
    """The name of a year, as texts and dates have it."""
    return f"y{year}"


def years_name(first: int | str, last: int | str) -> str:
    """The name of the years between two, as texts have it."""
    return f"r{first}{last}"
