"""Days by one name however they are written, so that each form finds every other.

``03/3/2025``, ``3-3-2025``, ``ngày 03 tháng 3 năm 2025`` and the date field of a document are all
``d20250303`` and, for who knows the month alone, ``m202503``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import product

from archive_service.text import fold
from search.written.spoken import number_said
from search.written.years import year_name, year_of_two_digits

_YEAR = r"((?:1[89]|20)\d\d)"
_NUMERIC = re.compile(
    rf"(?<![\d/.\-])(?:(\d{{1,2}})([/.\-]))?(\d{{1,2}})([/.\-]){_YEAR}(?![\d/\-])"
)
_MONTH_SAID = r"gieng|mot|hai|ba|tu|nam|sau|bay|tam|chin|muoi(?:\s+(?:mot|hai))?|chap"
_IN_WORDS = re.compile(
    rf"(?:(?<![^\W_])ngay\s+(\d{{1,2}})\s*)?(?<![^\W_])thang\s+(\d{{1,2}}|{_MONTH_SAID})"
    rf"(?:\s*,?\s+nam\s+|\s*[.\-]\s*){_YEAR}(?![\d/])"
)
_OF_MACHINES = re.compile(r"(?<![\w/.\-])((?:19|20)\d\d)-(\d\d)-(\d\d)(?![\d/\-])")
_YEAR_FIRST = re.compile(rf"{_YEAR}[/.\-](\d{{1,2}})[/.\-](\d{{1,2}})")
_WITHOUT_SIGNS = re.compile(rf"(\d\d)(\d\d){_YEAR}")
_SHORT_YEAR = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d\d)")
_MONTH_FIRST = re.compile(rf"(\d{{1,2}})[/.\-](\d{{1,2}})[/.\-]{_YEAR}")
_APART = re.compile(rf"(\d{{1,2}}) (\d{{1,2}}) {_YEAR}")
_MONTH = re.compile(rf"(?:t(?:hang)?\s*)?(\d{{1,2}})\s*[/.\-]\s*{_YEAR}")
_MONTH_LAST = re.compile(rf"{_YEAR}[/.\-](\d\d)")
_SHORT_MONTH_YEAR = re.compile(r"t(?:hang)?\s*(\d{1,2})\s*[/.]\s*(\d\d)")  # 9-12: two months
_SIGN_IN_DAY = re.compile(rf"(?:ngay\s+)?(\d{{1,2}})[/.\-](\d{{1,2}})\s+nam\s+{_YEAR}")
_CLOCK = re.compile(r"[t\s]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?$", re.IGNORECASE)
_NAMED = re.compile(r"(?:(?:ngay|thang) )(\d{1,2}[/.\-].+)|(\d{1,2}) (thang \d{1,2} nam \d{4})")
_DAY_OF_MONTH = re.compile(r"(?:ngay\s+)?0?(\d{1,2})[/.\-]0?(\d{1,2})")
_SAID_DAY_OF_MONTH = re.compile(r"ngay (\w+(?: \w+){0,3}) thang (\w+(?: \w+)?)")
_BEGUN = re.compile(r"(?:ngay\s+)?(?:mung|mong)\s+")  # of the first ten days
_NAMES_OF_MONTHS = {"gieng": "1", "tu": "4", "chap": "12"}
_YEAR_DIGITS = 4
# Nothing of this stands in papers; people type it, and machines read it so.
_EDGES = " .,;:()[]"
_LETTERS_IN_DAY = re.compile(r"(?<![^\W_])(?=\w*\d)[\doli]{1,4}(?![^\W_])")
_LIKE_DIGITS = str.maketrans({"o": "0", "l": "1", "i": "1"})
_BETWEEN = r"\s*(?:[/.\-\\_,]\s*)+"
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_MONTH_NAMES = {name: str(number) for number, name in enumerate(_ROMAN, start=1)}
_SIGNS_AMISS = re.compile(
    rf"(?:ngay\s*)?(\d{{1,2}}){_BETWEEN}(\d{{1,2}}|[ivx]{{1,4}})(?:{_BETWEEN})?{_YEAR}"
)
_YEAR_FIRST_AMISS = re.compile(rf"{_YEAR}(?:{_BETWEEN}(\d\d?){_BETWEEN}(\d\d?)|(\d\d)(\d\d))")
_WORDS_AMISS = re.compile(
    r"([^\W\d_]{0,6})\s*(\d{1,2})[\s,/]*([^\W\d_]{0,6})\s*(\d{1,2})[\s,/]*([^\W\d_]{0,4})\s*((?:1[89]|20)?\d\d)"
)
_ENGLISH = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_DAY_IN_ENGLISH = r"(\d{1,2})(?:st|nd|rd|th)?"
_IN_ENGLISH = re.compile(
    rf"(?:{_DAY_IN_ENGLISH}[\s.\-]+)?([a-z]{{3,9}})[\s.,\-]+(?:{_DAY_IN_ENGLISH},?\s+)?{_YEAR}"
)
_SHORT_MONTH, _SEPT = 3, "sept"  # letters, and the one month that is often cut later
_DAY_WORDS, _MONTH_WORDS, _YEAR_WORDS = ("ngay", "ng"), ("thang", "th", "t"), ("nam", "n")
_NEARLY = 0.6
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Sign:
    """A day or a month and where it stands in the text."""

    names: tuple[str, ...]  # the narrowest first
    start: int
    end: int


def days_in(text: str, folded: str) -> Iterator[Sign]:
    """Every day and month of a text in NFC; what is no day of the calendar is left out.

    Args:
        folded: the text without marks; "" where it is not as long.
    """
    for found in _NUMERIC.finditer(text):
        day, first_sign, month, sign, year = found.groups()
        if day is None and sign != "/":  # 3.2025 and 3-2025 are as well something else
            continue
        if day is not None and first_sign != sign:
            continue
        if names := _names(day, month, year):
            yield Sign(names, *found.span())
    for found in _IN_WORDS.finditer(folded):
        if names := _names(found[1], _month_number(found[2]), found[3]):
            yield Sign(names, *found.span())
    for found in _OF_MACHINES.finditer(text):
        if names := _names(found[3], found[2], found[1]):
            yield Sign(names, *found.span())


def folded_in_place(text: str) -> str:
    """The text without marks, each letter in its place; "" where one folds to two."""
    folded = fold(text)
    return folded if len(folded) == len(text) else ""


def is_day(name: str) -> bool:
    """Whether it is the name of one day."""
    return name.startswith("d")


def names_of_date(date: str | None) -> tuple[str, ...]:
    """The names of an ISO day, month or year, the year among them."""
    if not date:
        return ()
    year, *rest = date.split("-")
    names = _names(rest[1] if len(rest) > 1 else None, rest[0], year) if rest else ()
    return (*names, year_name(year))


def names_of_day(text: str) -> tuple[str, ...]:
    """The names of the day or month that is the whole text, as papers or as people write it.

    No paper writes ``2025-03-03``, ``03032025``, ``3/3/25``, ``03 03 2025``, ``T3/2025`` or ``3
    tháng 3 năm 2025``; of ``12/31/2025`` the month stands first, for no month is the 31st.
    """
    text = _CLOCK.sub("", text.strip())
    return _whole_day(text) or _typed(text) or _words_of_day(fold(text))


def day_of_month(text: str) -> Iterator[tuple[str, ...]]:
    """``22/9`` and ``mùng ba tháng ba`` as papers have it, whatever the year."""
    plain = _BEGUN.sub("ngay ", fold(text))
    found = _DAY_OF_MONTH.fullmatch(plain)
    both = found.groups() if found else _said_day_of_month(plain)
    if both and 1 <= int(both[0]) <= 31 and 1 <= int(both[1]) <= _MONTHS:
        for day, month in product({both[0], both[0].zfill(2)}, {both[1], both[1].zfill(2)}):
            yield day, "thang", month


def _said_day_of_month(text: str) -> tuple[str, str] | None:
    found = _SAID_DAY_OF_MONTH.fullmatch(text)
    if found is None:
        return None
    day = _number(found[1].split())
    month = _NAMES_OF_MONTHS.get(found[2]) or _number(found[2].split())
    return (str(int(day)), str(int(month))) if day and month else None


def _whole_day(text: str) -> tuple[str, ...]:
    for sign in days_in(text, folded_in_place(text)):
        return sign.names if (sign.start, sign.end) == (0, len(text)) else ()
    return ()


def _words_of_day(text: str) -> tuple[str, ...]:
    """``ngày ba tháng giêng năm hai nghìn không trăm hai mươi lăm``."""
    before, _, after = f" {_BEGUN.sub('ngay ', text)} ".partition(" thang ")
    words, day = after.split(), before.split()
    day = day[1:] if day[:1] == ["ngay"] else day
    for at in range(1, len(words)):
        begin = at + 1 if words[at] == "nam" else at  # and the fifth month is called so, too
        if begin == at and not words[at].isdecimal():  # tháng ba 2025
            continue
        month = _NAMES_OF_MONTHS.get(words[0]) if at == 1 else None
        numbers = [_number(day), month or _number(words[:at]), _number(words[begin:])]
        if numbers[1] and len(numbers[2]) == _YEAR_DIGITS and bool(day) == bool(numbers[0]):
            return _names(numbers[0] or None, numbers[1], numbers[2])
    return ()


def _number(words: Sequence[str]) -> str:
    """In digits; "" where it is no number of at most four."""
    digits = number_said(words)
    text = " ".join(words) if digits is None else str(digits)
    return text if text.isdecimal() and len(text) <= _YEAR_DIGITS else ""


def _typed(text: str) -> tuple[str, ...]:
    if found := _YEAR_FIRST.fullmatch(text):
        return _names(found[3], found[2], found[1]) or _names(found[2], found[3], found[1])
    if found := _WITHOUT_SIGNS.fullmatch(text) or _APART.fullmatch(text):
        return _names(*found.groups())
    if found := _SHORT_YEAR.fullmatch(text):
        return _names(found[1], found[3], str(year_of_two_digits(found[4])))
    if found := _MONTH_FIRST.fullmatch(text):
        month, day, year = found.groups()
        if int(day) > _MONTHS:
            return _names(day, month, year)
    folded = _BEGUN.sub("ngay ", fold(text))
    if found := _MONTH.fullmatch(folded):
        return _names(None, *found.groups())
    if found := _MONTH_LAST.fullmatch(folded):
        return _names(None, found[2], found[1])
    if found := _SHORT_MONTH_YEAR.fullmatch(folded):
        return _names(None, found[1], str(year_of_two_digits(found[2])))
    if found := _SIGN_IN_DAY.fullmatch(folded):
        return _names(*found.groups())
    if found := _NAMED.fullmatch(folded):
        return names_of_day(found[1] or f"ngay {found[2]} {found[3]}")
    return _in_english(text.lower()) or _as_meant(folded)


def _in_english(text: str) -> tuple[str, ...]:
    """``3 March 2025``, ``Mar 3, 2025`` and ``March 2025``, as other programs write days."""
    if (found := _IN_ENGLISH.fullmatch(text)) is None:
        return ()
    day, name = found[1] or found[3], found[2]
    for month, whole in enumerate(_ENGLISH, start=1):
        short = name in (whole[:_SHORT_MONTH], _SEPT if month == 9 else "")  # may is máy as well
        if name == whole != "may" or (short and day):
            return _names(day, str(month), found[4])
    return ()


def _month_number(text: str) -> str:
    return text if text.isdecimal() else _NAMES_OF_MONTHS.get(text) or _number(text.split())


def _as_meant(text: str) -> tuple[str, ...]:
    """With other signs, letters for digits, or the words about the numbers mistyped."""
    plain = _LETTERS_IN_DAY.sub(lambda found: found[0].translate(_LIKE_DIGITS), text.strip(_EDGES))
    if found := _YEAR_FIRST_AMISS.fullmatch(plain):
        return _names(found[3] or found[5], found[2] or found[4], found[1])
    if found := _SIGNS_AMISS.fullmatch(plain):
        return _names(found[1], _MONTH_NAMES.get(found[2], found[2]), found[3])
    if found := _WORDS_AMISS.fullmatch(plain):
        day_word, day, month_word, month, year_word, year = found.groups()
        known = not month_word or _like(month_word, _MONTH_WORDS, alone=not day_word)
        if known and _like(day_word, _DAY_WORDS) and _like(year_word, _YEAR_WORDS):
            short = len(year) == 2
            if (month_word and not short) or (year_word and short):
                return _names(day, month, str(year_of_two_digits(year)) if short else year)
    return ()


def _like(word: str, names: tuple[str, ...], *, alone: bool = False) -> bool:
    """Whether the word is one of the names or, unless it stands ``alone``, nearly the first."""
    if not word or word in names:
        return True
    nearly = SequenceMatcher(None, word, names[0]).ratio() >= _NEARLY
    return nearly and not alone and abs(len(word) - len(names[0])) <= 1


def _names(day: str | None, month: str, year: str) -> tuple[str, ...]:
    if not 1 <= int(month) <= _MONTHS:
        return ()
    whole_month = f"m{year}{int(month):02}"
    if day is None:
        return (whole_month,)
    return (f"d{year}{int(month):02}{int(day):02}", whole_month) if 1 <= int(day) <= 31 else ()
