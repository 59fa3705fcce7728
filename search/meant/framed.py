"""A search with words around it that no paper has: of a question or request, or a wrong year."""

import re
from collections.abc import Sequence

from search.asked import as_one, finds, with_terms
from search.meant.remembered import Answering
from search.meant.repairs import may_miss
from search.meant.runs import in_a_row
from search.port import Query
from search.query import Term

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
    left_out = [terms[at] for at in sorted(years - {*way})] if way else []
    if left_out and finds(index, with_terms(query, [as_one(terms[at] for at in way), *left_out])):
        return ()
    return way


def _is_year(term: Term) -> bool:
    """``2025`` and ``2020-2025``."""
    return not (term.quoted or term.prefix) and all(map(_YEARS.fullmatch, term.folded))
