"""What lies nearest to one day, code or number that no document has: its month, its beginning."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain

from archive_service.law import CONFIG
from archive_service.text import nfc
from search.asked import Asked, as_repaired, finds, missing, with_terms
from search.meant.remembered import Answering
from search.port import Query
from search.query import Term, parse_query
from search.words import Word, words
from search.written.abbreviations import abbreviations
from search.written.days import is_day

_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_BODY = re.compile(r"[a-z]?\d{2,3}")  # an identifier begins so: H40, 000
_FEWEST_PARTS = 4  # of a code: identifier, year, number, symbol
_FEWEST_OF_NUMBER = 2


def code_in_spaces(index: Answering, query: Query) -> Asked | None:
    """``h40 18 2025 7 qlct`` as the code that it is, whose parts stand apart."""
    parts = [word for term in _without_name(query.words.terms) for word in term.folded]
    loose = not any(it.quoted or it.prefix or it.in_data for it in query.words.terms)
    if (
        not loose
        or len(query.words.terms) == 1
        or len(parts) < _FEWEST_PARTS
        or not _BODY.fullmatch(parts[0])
    ):
        return None
    *numbers, _symbol = parts[1:]
    if not all(map(str.isdecimal, numbers)) or not any(map(_YEAR.fullmatch, numbers)):
        return None
    text = ".".join(parts)
    code = with_terms(query, parse_query(text, narrowed=True).terms)
    return Asked(code, "repaired", text) if finds(index, code) else None


def without_name(index: Answering, query: Query) -> Asked | None:
    """The one code, number or day alone: its name before it tells nothing of what is wanted.

    It is told only where more is found so.
    """
    terms = query.words.terms
    rest = _without_name(terms)
    if len(rest) != 1 or len(terms) == 1:
        return None
    if not rest[0].is_code and not any(map(is_day, rest[0].signs)):
        return None
    alone = with_terms(query, rest)
    typed, more = index.counts([query, alone])
    if more == typed:
        return Asked(alone) if more else None
    return Asked(alone, "main", left_out=missing(terms, [len(terms) - 1]))


def nearest(index: Answering, query: Query) -> Asked | None:
    """Of one day the day and month the other way round, or its month; of one code the longest
    beginning with its year; of one number the kind and the body that stand behind it.

    ``None`` where other words were typed, or nothing of these is found.
    """
    terms = _without_name(query.words.terms)
    if len(terms) != 1 or terms[0].quoted or terms[0].prefix:
        return None
    term = terms[0]
    ways = _around_day(term) if any(map(is_day, term.signs)) else _around_code(term)
    for way in ways:
        if finds(index, with_terms(query, [way])):
            return as_repaired(query, [way])
    return None


def _without_name(terms: Sequence[Term]) -> Sequence[Term]:
    """Without what names the code or day behind it; words typed with marks have just these."""
    while size := max((n for n in range(1, len(terms)) if _is_name(terms[:n])), default=0):
        terms = terms[size:]
    return terms


def _is_name(terms: Sequence[Term]) -> bool:
    typed = list(chain.from_iterable(zip(it.exact, it.folded, strict=True) for it in terms))
    return any(
        len(name) == len(typed)
        and all(
            exact == word.exact or exact == folded == word.folded
            for (exact, folded), word in zip(typed, name, strict=True)
        )
        for name in _names()
    )


@cache
def _names() -> tuple[tuple[Word, ...], ...]:
    lines = (CONFIG / "search" / "words_before_codes.txt").read_text(encoding="utf-8").splitlines()
    return tuple(tuple(words(nfc(line))) for line in lines if not line.startswith("#"))


def _around_day(term: Term) -> Iterator[Term]:
    name = next(filter(is_day, term.signs))
    year, month, day = name[1:5], name[5:7], name[7:9]
    for text in (f"{month}/{day}/{year}", f"{month}/{year}"):
        yield from _in_place(term, text)


def in_any_order(index: Answering, query: Query) -> Asked | None:
    """The parts of the one code wherever they stand: ``QLCT.07.2025``."""
    terms = query.words.terms
    if len(terms) != 1 or terms[0].quoted or not terms[0].is_code or len(terms[0].folded) == 1:
        return None
    parts = [Term((part,), (part,)) for part in terms[0].folded]
    return as_repaired(query, parts) if finds(index, with_terms(query, parts)) else None


def _around_code(term: Term) -> Iterator[Term]:
    words = term.folded
    if not term.is_code or len(words) < _FEWEST_OF_NUMBER:
        return
    year = next((at for at, word in enumerate(words) if at and _YEAR.fullmatch(word)), 0)
    if year > 1 or (year and not words[0].isdecimal()):  # of a case file
        for end in range(len(words) - 1, year, -1):
            yield replace(term, exact=words[:end], folded=words[:end], others=())
    elif words[0].isdecimal():
        rest = words[2:] if year else words[1:]
        if not abbreviations()[0].keys() & rest[:1]:
            return  # no number of a document
        if len(rest) > 1:
            yield replace(term, exact=rest, folded=rest, others=())
        else:
            yield from _in_place(term, rest[0])


def _in_place(term: Term, text: str) -> Iterator[Term]:
    """What the text says, in the field of the term."""
    for said in parse_query(text, narrowed=True).terms:
        yield replace(said, in_data=term.in_data, in_title=term.in_title)
