"""The terms of a search as a reader marks them on a page."""

from collections.abc import Iterator
from typing import Any

from search.query import EmptyQueryError, Term, parse_query


def terms_to_mark(text: str) -> list[dict[str, Any]]:
    """``{exact, phrases, prefix}`` of each term; nothing of a text without a word.

    ``exact`` is marked where it stands with its marks; where it never does, each of ``phrases``,
    which have none. Of a day they are its spellings.
    """
    try:
        terms = parse_query(text).terms
    except EmptyQueryError:
        return []
    return [
        {
            "exact": term.exact,
            "phrases": [*term.phrases, *_spellings(term)],
            "prefix": term.prefix,
        }
        for term in terms
        if not term.in_data
    ]


def _spellings(term: Term) -> Iterator[tuple[str, ...]]:
    for name in term.signs:
        year, month, day = name[1:5], name[5:7], name[7:9]
        for number in _with_and_without_zero(month):
            if not day:
                yield from ((number, year), ("thang", number, "nam", year))
            for date in _with_and_without_zero(day):
                yield date, number, year
                yield "ngay", date, "thang", number, "nam", year


def _with_and_without_zero(number: str) -> list[str]:
    return [number, number[1:]] if number.startswith("0") else [number] if number else []
