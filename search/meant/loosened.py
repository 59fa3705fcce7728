"""What a query asks too narrowly or too widely: phrases as words, two days, a day in words."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace

from archive_service.text import fold
from search.asked import Asked, finds, in_words, with_terms
from search.meant.remembered import Answering
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
    ways = ((found[1], found[2]), (found[2], found[1]))
    days = ((_day(first, last=False), _day(last, last=True)) for first, last in ways)
    meant = [(begin, end) for begin, end in days if begin and end and begin <= end]
    if not meant:
        return None
    begin, end = meant[0]
    rest = parse_query(f"{text[: found.start()]} {text[found.end() :]}", narrowed=True).terms
    filters = replace(query.filters, from_on=begin, to_on=end)
    told = f"{period(begin, end)} {in_words(rest)}".strip()
    return Asked(replace(with_terms(query, rest), filters=filters), "repaired", told)


def read_again(index: Answering, asked: Asked) -> Asked:
    """Repaired words with the days and parts of a year that they name: ``tháng 3 năm 2025``."""
    terms = asked.query.words.terms
    if asked.step != "repaired" or any(it.in_data or it.prefix or it.quoted for it in terms):
        return asked
    again = parse_query(asked.instead, narrowed=True).terms
    if {sign for it in again for sign in it.signs} <= {sign for it in terms for sign in it.signs}:
        return asked
    query = with_terms(asked.query, again)
    return replace(asked, query=query, page=None) if finds(index, query) else asked


def _day(text: str, *, last: bool) -> dt.date | None:
    return day_of("/".join(re.findall(r"\d+", text)), last=last)
