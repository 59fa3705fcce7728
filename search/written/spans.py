"""Parts of a year by the names of their months: ``quý 1/2025``, ``6 tháng đầu năm 2025``."""

import re
from collections.abc import Iterator

from archive_service.text import fold
from search.written.spoken import DIGITS, number_said

_YEAR = r"(?:\s*[/.\-,]\s*|\s+(?:nam\s+)?)((?:19|20)\d\d)"
_QUARTER = re.compile(
    rf"(?:q|qu[yi]\s*)(?:thu\s+)?([1-4]|i{{1,3}}|iv|mot|nhat|hai|ba|bon|tu){_YEAR}"
)
_ROMAN = ("i", "ii", "iii", "iv")
_QUARTERS = {name: number for number, name in enumerate(_ROMAN, start=1)} | {"nhat": 1}
_QUARTER_SAID = "qui"  # as the index has it
_MONTHS = re.compile(r"(0?\d|[^\W\d_]+)\s+thang\s+(dau|cuoi)(?:\s+cua)?\s+nam\s+((?:19|20)\d\d)")
_THIRDS = re.compile(r"(nua\s+dau|nua\s+cuoi|dau|giua|cuoi)\s+nam\s+((?:19|20)\d\d)")
_THIRD_OF = {
    "dau": range(1, 5),
    "giua": range(5, 9),
    "cuoi": range(9, 13),
    "nua dau": range(1, 7),
    "nua cuoi": range(7, 13),
}


def months_of_span(text: str) -> tuple[str, ...]:
    """The names of its months, as ``search.written.days`` calls them; none of what is no span."""
    plain = fold(text.strip())
    if found := _QUARTER.fullmatch(plain):
        quarter = _QUARTERS.get(found[1]) or number_said([found[1]]) or int(found[1])
        return _named(range(3 * quarter - 2, 3 * quarter + 1), found[2])
    if found := _MONTHS.fullmatch(plain):
        count = int(found[1]) if found[1].isdecimal() else number_said([found[1]]) or 0
        months = range(1, count + 1) if found[2] == "dau" else range(13 - count, 13)
        return _named(months, found[3]) if 1 < count < len(DIGITS) else ()
    if found := _THIRDS.fullmatch(plain):
        return _named(_THIRD_OF[" ".join(found[1].split())], found[2])
    return ()


def span_otherwise(text: str) -> Iterator[tuple[str, ...]]:
    """The words of the same span as papers write it: ``quý I năm 2025``."""
    months = months_of_span(text)
    plain = fold(text.strip())
    if months and _QUARTER.fullmatch(plain):
        quarter, year = int(months[-1][5:]) // 3, months[0][1:5]
        for name in (str(quarter), _ROMAN[quarter - 1]):
            yield from ((_QUARTER_SAID, name, *year_said) for year_said in ((year,), ("nam", year)))
    elif months and (found := _MONTHS.fullmatch(plain)):
        for name in (str(len(months)), f"0{len(months)}", DIGITS[len(months)]):
            yield (name, "thang", found[2], "nam", found[3])


def _named(months: range, year: str) -> tuple[str, ...]:
    return tuple(f"m{year}{month:02}" for month in months)
