"""Places that were merged: what is found under their other names."""

from collections.abc import Callable
from dataclasses import replace

from archive_service.text import nfc
from search.asked import Asked, by_document, finds, with_terms
from search.meant.remembered import Answering
from search.port import Query
from search.query import parse_query
from search.words import words
from search.written.merged_places import Renamed, renamed

_SURE = ("all", "also", "period", "signer", "main")  # steps that find what was typed


def under_other_name(
    index: Answering, query: Query, asked: Asked, ask: Callable[[Answering, Query], Asked]
) -> Asked:
    """The other names beside what was found; where nothing was as typed, the first in its place."""
    ways = ((it, _under(it, query)) for it in renamed(query.words.text))
    left_out = query.words.excluded
    names = [(it, other) for it, other in ways if other.words.excluded == left_out]
    if not names:
        return asked
    if asked.step not in _SURE or not (asked.page or finds(index, asked.query)):
        for name, other in names:
            found = ask(index, other)
            if found.step in _SURE and finds(index, found.query):
                return replace(found, step="renamed", instead=name.text, renamed=(name,))
        return asked
    counts = index.counts([by_document(other) for _, other in names])
    standing = tuple(name for (name, _), count in zip(names, counts, strict=True) if count)
    return replace(asked, renamed=standing)


def _under(name: Renamed, query: Query) -> Query:
    asked = replace(query, words=parse_query(name.text, narrowed=True))
    exact = tuple(word.exact for word in words(nfc(name.name)))
    return with_terms(
        asked,
        [
            replace(term, strict=True) if term.quoted and term.exact == exact else term
            for term in asked.words.terms
        ],
    )
