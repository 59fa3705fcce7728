"""What a query asks too narrowly: phrases as words, and two days as a period."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace

from archive_service.text import fold
from search.asked import Asked, in_words, with_terms
from search.port import Query
from search.query import Term, parse_query
from search.written.periods import day_of, period

_A_DAY = r"(?:(?:ngay|thang|nam)\s+)?(\d[\d/.\-]*(?:(?:\s+thang\s+\d{1,2})?\s+nam\s+\d{4})?)"
_PERIOD = re.compile(rf"(?<!\S)tu\s+{_A_DAY}\s+(?:den|toi)\s+{_A_DAY}(?!\S)")


def word_by_word(query: Query) -> Query | None:
    """Its phrases and the words of its fields as words anywhere; ``None`` where it has none."""
    terms = [each for term in query.words.terms for each in _words_of(term)]
    return None if terms == list(query.words.terms) else with_terms(query, dict.fromkeys(terms))


def _words_of(term: Term) -> Iterator[Term]:
    number = any(letter.isdecimal() for word in term.folded for letter in word)
    if term.signs or number or term.prefix:  # a number in quotes is meant as it is
        yield term
        return
    for exact, folded in zip(term.exact, term.folded, strict=True):
        yield Term((exact,), (folded,))


def between_days(query: Query) -> Asked | None:
    """``từ 1/3/2025 đến 31/3/2025`` as the condition that it is, where no colon was typed."""
    text = query.words.text
    found = _PERIOD.search(fold(text))
    if found is None or len(fold(text)) != len(text):
        return None
    begin, end = _day(found[1], last=False), _day(found[2], last=True)
    if begin is None or end is None:
        return None
    rest = parse_query(f"{text[: found.start()]} {text[found.end() :]}", narrowed=True).terms
    filters = replace(query.filters, from_on=begin, to_on=end)
    told = f"{period(begin, end)} {in_words(rest)}".strip()
    return Asked(replace(with_terms(query, rest), filters=filters), "repaired", told)


def _day(text: str, *, last: bool) -> dt.date | None:
    return day_of("/".join(re.findall(r"\d+", text)), last=last)
