"""A search with words around it that no paper has: of a question or request, or a wrong year."""

import re
from collections.abc import Sequence
from functools import cache

from archive_service.law import CONFIG
from archive_service.text import nfc
from search.asked import as_one, finds, with_terms
from search.meant.remembered import Answering
from search.meant.repairs import is_run, may_miss
from search.meant.runs import in_a_row
from search.port import Query
from search.query import Term
from search.words import Word, words

_NUMBER_OF_LIST = re.compile(r"\d{1,3}|[ivx]{1,4}|[a-h]")
_FEWEST_BESIDE = 4  # words beside such a number
_BEGINS = "…"
_YEARS = re.compile(r"(?:19|20)\d\d")
_YEAR = ("nam",)
_FEWEST = 2  # words that are left
_FEWEST_AROUND, _SAFELY_LEFT = 2, 3  # words around them; else so many are left


def without_frame(index: Answering, query: Query) -> Sequence[int]:
    """Places of the longest stretch that stands so in a document, where each word before and after
    it may miss; empty where there is none.

    A year may miss, too, unless a document has it beside the stretch.
    """
    terms = query.words.terms
    years = {at for at, term in enumerate(terms) if _is_year(term)}
    before_year = {at - 1 for at in years if at and terms[at - 1].folded == _YEAR}
    missing = may_miss(terms) | years | before_year
    size = len(terms)
    before = next((at for at in range(size) if at not in missing), size)
    after = next((at for at in range(size) if size - 1 - at not in missing), size)
    ways = [
        range(first, last)
        for first in range(before + 1)
        for last in range(size - after, size + 1)
        if last - first >= _FEWEST
        and (around := size - (last - first)) > 0
        and (around >= _FEWEST_AROUND or last - first >= _SAFELY_LEFT)
    ]
    ways.sort(key=len, reverse=True)
    runs = {way: in_a_row(terms[way.start : way.stop]) for way in ways}
    known = index.known(set().union(*runs.values()), query.visible)
    way = next((way for way in ways if runs[way] & known), range(0))
    if not way:
        return _without_number(index, query)
    left_out = [terms[at] for at in sorted(years - {*way})]
    if left_out and finds(index, with_terms(query, [as_one(terms[at] for at in way), *left_out])):
        return ()
    return way


def _without_number(index: Answering, query: Query) -> Sequence[int]:
    """Places of all words but a number that none of them stands beside: of a list or of a page."""
    terms = query.words.terms
    if len(terms) <= _FEWEST_BESIDE:
        return ()
    ways = {
        at: in_a_row([*terms[:at], *terms[at + 1 :]])
        for at, term in enumerate(terms)
        if _NUMBER_OF_LIST.fullmatch(" ".join(term.folded)) and not (term.quoted or term.prefix)
    }
    known = index.known(set().union(*ways.values()), query.visible)
    at = next((at for at, run in ways.items() if run & known), None)
    return () if at is None else [place for place in range(len(terms)) if place != at]


def standing_side(index: Answering, query: Query) -> tuple[tuple[str, ...], ...]:
    """All words in their order where they stand so in a document, or without a number of a list or
    page between them; else empty.
    """
    (side,) = query.words.sides
    ways = [side]
    if len(side) > _FEWEST_BESIDE:
        numbers = (at for at, word in enumerate(side) if _NUMBER_OF_LIST.fullmatch(word))
        ways += [(*side[:at], *side[at + 1 :]) for at in numbers]
    known = index.known({" ".join(way) for way in ways}, query.visible)
    return tuple(way for way in ways if " ".join(way) in known)[:1]


def without_question(index: Answering, query: Query) -> Sequence[int]:
    """Places of the words that tell something, where the others make a question that stands so in
    no document; else empty.
    """
    terms = query.words.terms
    loose = not any(it.quoted or it.prefix or it.in_data for it in terms)
    if not (asks := asked_by(terms)) or not loose or index.known(in_a_row(terms), query.visible):
        return ()
    missing = asks | may_miss(terms)
    kept = [at for at in range(len(terms)) if at not in missing]
    return kept if len(kept) >= _SAFELY_LEFT else ()


def asked_by(terms: Sequence[Term]) -> frozenset[int]:
    """Places of the words that make a question of the others."""
    found: set[int] = set()
    for line, begins in _question_words():
        for at in range(1 if begins else len(terms) - len(line) + 1):
            if is_run(terms[at : at + len(line)], line):
                found |= {*range(at, at + len(line))}
    return frozenset(found)


@cache
def _question_words() -> tuple[tuple[tuple[Word, ...], bool], ...]:
    """Each with whether it is one at the beginning of a query alone."""
    lines = (CONFIG / "search" / "question_words.txt").read_text(encoding="utf-8").splitlines()
    return tuple(
        (tuple(words(nfc(line))), line.endswith(_BEGINS))
        for line in lines
        if not line.startswith("#")
    )


def _is_year(term: Term) -> bool:
    """``2025`` and ``2020-2025``."""
    return not (term.quoted or term.prefix) and all(map(_YEARS.fullmatch, term.folded))
