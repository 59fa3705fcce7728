"""Parts of a year: ``quý 1/2025``, ``6 tháng đầu năm 2025``, ``tháng 1-3/2025``.

A text that tells of one has its name: ``s20250103``. Who asks for it means its months, as
``search.written.days`` calls them, and the parts within it.
"""

import re
from collections.abc import Callable, Iterator

from archive_service.text import fold
from search.written.days import Sign
from search.written.spoken import DIGITS, number_said
from search.written.years import year_name, year_of_two_digits, year_said, years_name, years_of

_YEAR = r"(?:\s*[/.\-,]\s*|\s+(?:nam\s+)?)((?:19|20)\d\d)(?![\d/])"
_BEGIN = r"(?<![^\W_])"
_NUMBER = r"(?:[1-4]|[il]{1,3}|iv|mot|nhat|hai|ba|bon|tu)"
_TO, _AND = r"(?:[-–—]|den|toi)", r"(?:,|;|va|[+&])"
_NEXT = rf"\s*(?:{_TO}|{_AND})\s*"
_QUARTERS = re.compile(
    rf"{_BEGIN}(?:q\.?|qu[yi]\s*)(?:thu\s+)?({_NUMBER}(?:{_NEXT}(?:qu[yi]\s+|q)?{_NUMBER})*){_YEAR}"
)
_MONTHS = re.compile(
    rf"{_BEGIN}(?:tu\s+)?(?:thang\s*|t)(\d\d?(?:{_NEXT}(?:thang\s*|t)?\d\d?)+){_YEAR}"
)
_WHOLE_MONTH = r"(?:thang\s*|t)?(\d\d?)\s*(?:/|nam)\s*((?:19|20)\d\d)"
_FROM_TO = re.compile(rf"(?<![\w/.\-])(?:tu\s+)?{_WHOLE_MONTH}\s*{_TO}\s*{_WHOLE_MONTH}(?![\d/])")
_ENDS = re.compile(
    rf"{_BEGIN}(0?\d|hai|ba|bon|tu|nam|sau|bay|tam|chin)\s+thang\s+(dau|cuoi)(?:\s+cua)?(?:\s+nam)?\s+((?:19|20)\d\d)"
)
_HALVES = re.compile(rf"{_BEGIN}nua\s+(dau|cuoi)\s+nam\s+((?:19|20)\d\d)")
_THIRDS = re.compile(r"(dau|giua|cuoi)\s+(?:nam\s+)?((?:19|20)\d\d)")
_QUARTER = 3  # months
_ROMAN = ("i", "ii", "iii", "iv")
_QUARTER_OF = {name: number for number, name in enumerate(_ROMAN, start=1)} | {"nhat": 1}
_QUARTER_SAID = "qui"  # as the index has it
_FUNDS = re.compile(r"qu[ỹỷ]", re.IGNORECASE)  # quỹ 1/2025 is none
_NAMED_AGAIN = re.compile(r"qu[yi]\s+|q|thang\s*|(?<!\w)t(?=\d)")
_LISTED = re.compile(rf"({_TO})|{_AND}|(\w+)")
_DASH = re.compile(r"[-–—]")
_DIGIT = re.compile(r"\d")
_YEAR_SAID = re.compile(r"nam (\d{4})")
_SHORT_YEAR = re.compile(r"nam '?(\d\d)")
_RANGE = re.compile(r"\d{4}\s?[-–—]\s?\d{4}")
_PARTS = ((1, 3), (4, 6), (7, 9), (10, 12), (1, 6), (7, 12), (1, 9))
_EDGES = " .,;:()"
_YEAR_MONTHS = 12
_MOST_MONTHS, _MOST_YEARS = 36, 30

Months = tuple[int, ...]  # each counted from the year 0; one after another


def spans_in(text: str, folded: str) -> Iterator[Sign]:
    """Every part of a year in a text; of several quarters each, and all as one."""
    for form, parts_of in _FORMS.items():
        for found in form.finditer(folded):
            parts = [] if _FUNDS.match(text, found.start()) else parts_of(found)
            whole = _together(parts)
            if names := tuple(dict.fromkeys(filter(None, map(_name, (whole, *parts))))):
                yield Sign(names, *found.span())


def months_of_span(text: str) -> tuple[str, ...]:
    """The names of its months; none of what is no part of a year."""
    return tuple(map(_month_name, _whole(text)))


def names_of_span(text: str) -> tuple[str, ...]:
    """What a text may tell of this part of a year or of these years, its own name first."""
    if months := _whole(text):
        within = (_name(part) for part in (months, *_parts_within(months)))
        return tuple(dict.fromkeys((*filter(None, within), *map(_month_name, months))))
    text = text.strip(_EDGES)
    if found := _SHORT_YEAR.fullmatch(fold(text)):
        return (year_name(year_of_two_digits(found[1])),)
    if found := _YEAR_SAID.fullmatch(year_said(fold(text))) if not _DIGIT.search(text) else None:
        return (year_name(found[1]),)
    years = years_of(text) if _RANGE.fullmatch(text) else []
    if not 1 < len(years) <= _MOST_YEARS:
        return ()
    return (years_name(years[0], years[-1]), *map(year_name, years))


def span_otherwise(text: str) -> Iterator[tuple[str, ...]]:
    """The words of the same span as papers write it: ``quý I năm 2025``."""
    months = _whole(text)
    plain = year_said(fold(text.strip(_EDGES)))
    if found := _SHORT_YEAR.fullmatch(plain):
        yield (str(year_of_two_digits(found[1])),)
    if len(months) == _QUARTER and _QUARTERS.fullmatch(plain):
        quarter, year = months[-1] % _YEAR_MONTHS // _QUARTER + 1, str(months[0] // _YEAR_MONTHS)
        for name in (str(quarter), _ROMAN[quarter - 1]):
            yield from ((_QUARTER_SAID, name, *words) for words in ((year,), ("nam", year)))
    elif months and (found := _ENDS.fullmatch(plain)):
        for name in (str(len(months)), f"0{len(months)}", DIGITS[len(months)]):
            yield (name, "thang", found[2], "nam", found[3])


def is_short_year(text: str) -> bool:
    """Whether it is ``năm 15``, which may be of another number where something follows it."""
    return bool(_SHORT_YEAR.fullmatch(fold(text.strip(_EDGES))))


def is_span(name: str) -> bool:
    """Whether it is the name of a part of a year or of several years."""
    return name.startswith(("s", "r"))


def _whole(text: str) -> Months:
    """All months of a text that is one part of a year, or several."""
    text = text.strip(_EDGES)
    plain = year_said(fold(text))
    for form, parts_of in (_FORMS | {_THIRDS: _third}).items():
        if form is _FROM_TO and not _DASH.search(plain):
            continue  # with a word between they are two days, which a condition is made of
        if (found := form.fullmatch(plain)) and not _FUNDS.match(text):
            return _together(parts_of(found))
    return ()


def _together(parts: list[Months]) -> Months:
    return tuple(sorted({month for part in parts for month in part}))


def _quarters(found: re.Match[str]) -> list[Months]:
    numbers = _listed(found[1], _quarter)
    return [_of_year(found[2], _QUARTER * it - 2, _QUARTER * it) for it in numbers]


def _quarter(name: str) -> int:
    name = name.replace("l", "i")  # as machines read it
    return _QUARTER_OF.get(name) or number_said([name]) or int(name)


def _months(found: re.Match[str]) -> list[Months]:
    return [_of_year(found[2], it, it) for it in _listed(found[1], int) if 0 < it <= _YEAR_MONTHS]


def _from_to(found: re.Match[str]) -> list[Months]:
    ends = [found.group(at, at + 1) for at in (1, 3)]
    if any(not 0 < int(month) <= _YEAR_MONTHS for month, _ in ends):
        return []
    first, last = (_of_year(year, int(month), int(month))[0] for month, year in ends)
    return [(month,) for month in range(first, min(last, first + _MOST_MONTHS) + 1)]


def _at_an_end(found: re.Match[str]) -> list[Months]:
    """``6 tháng đầu năm 2025``."""
    count = int(found[1]) if found[1].isdecimal() else number_said([found[1]]) or 0
    if not 1 < count < len(DIGITS):
        return []
    begin = 1 if found[2] == "dau" else _YEAR_MONTHS + 1 - count
    return [_of_year(found[3], begin, begin + count - 1)]


def _half(found: re.Match[str]) -> list[Months]:
    begin = 1 if found[1] == "dau" else 7
    return [_of_year(found[2], begin, begin + 5)]


def _third(found: re.Match[str]) -> list[Months]:
    begin = {"dau": 1, "giua": 5, "cuoi": 9}[found[1]]
    return [_of_year(found[2], begin, begin + 3)]


_FORMS = {
    _QUARTERS: _quarters,
    _MONTHS: _months,
    _FROM_TO: _from_to,
    _ENDS: _at_an_end,
    _HALVES: _half,
}


def _listed(text: str, number_of: Callable[[str], int]) -> list[int]:
    """``I, II và III`` and ``1-3``: the numbers, with those between two ends."""
    numbers: list[int] = []
    to = False
    for found in _LISTED.finditer(_NAMED_AGAIN.sub(" ", text)):
        if found[2]:
            number = number_of(found[2])
            numbers += range(numbers[-1] + 1, number) if to else ()
            numbers.append(number)
        to = bool(found[1])
    return numbers


def _of_year(year: str, first: int, last: int) -> Months:
    begin = int(year) * _YEAR_MONTHS - 1
    return tuple(range(begin + first, begin + last + 1))


def _parts_within(months: Months) -> Iterator[Months]:
    """The quarters and the other named parts of these years whose months are all among them."""
    for year in dict.fromkeys(month // _YEAR_MONTHS for month in months):
        parts = (_of_year(str(year), *ends) for ends in _PARTS)
        yield from (part for part in parts if set(part) <= set(months))


def _name(months: Months) -> str:
    """Of one month or, in one year, of several that follow each other; else ""."""
    if not months:
        return ""
    first, last = months[0], months[-1]
    if first == last:
        return _month_name(first)
    year = first // _YEAR_MONTHS
    if last // _YEAR_MONTHS != year or last - first + 1 != len(months):
        return ""
    return f"s{year}{first % _YEAR_MONTHS + 1:02}{last % _YEAR_MONTHS + 1:02}"


def _month_name(month: int) -> str:
    return f"m{month // _YEAR_MONTHS}{month % _YEAR_MONTHS + 1:02}"
