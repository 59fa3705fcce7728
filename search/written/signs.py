"""All that a text says of days, parts of a year, years and numbers, each by its name."""

import re
from collections.abc import Iterator, Sequence

from search.words import Word, words
from search.written.days import Sign, days_in, folded_in_place
from search.written.numerals import numbers_in, numbers_told
from search.written.spans import spans_in
from search.written.years import year_name, years_name

_YEARS = re.compile(r"(?<![\d/.\-])((?:19|20)\d\d)\s?[-–—]\s?((?:19|20)\d\d)(?![\d/.\-])")
_YEAR = re.compile(r"(?<![^\W\d_])nam\s+((?:19|20)\d\d)(?!\d)")
# One of each form: other names for it are another form of the index.
_EXAMPLE = (
    "3/3/2025, 2025-03-03, thang 3-2025, thang ba nam 2025, quy I va III/2025, thang 1-3/2025, "
    "11/2024 den 2/2025, sau thang dau nam 2025, giai doan 2020-2025, "
    "thang 0-2/2025"
)


def signs_in(text: str, found: Sequence[Word]) -> Iterator[Sign]:
    """Of a text in NFC and its words. The 3 of ``quý 3/2025`` is no month."""
    folded = folded_in_place(text)
    spans = list(spans_in(text, folded))
    yield from spans
    yield from (
        day
        for day in days_in(text, folded)
        if not any(day.start < span.end and span.start < day.end for span in spans)
    )
    for years in _YEARS.finditer(text):
        yield Sign((years_name(*years.groups()), *map(year_name, years.groups())), *years.span())
    for year in _YEAR.finditer(folded):
        yield Sign((year_name(year[1]),), *year.span())
    yield from numbers_in(text, found)


def signs_told() -> str:
    """How they are named: another answer means that an index is outdated."""
    named = signs_in(_EXAMPLE, words(_EXAMPLE))
    return " ".join((numbers_told(), *(name for sign in named for name in sign.names)))
