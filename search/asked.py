"""What is asked of the index in place of the words as typed, and how it is told."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from search.meant.remembered import Answering
from search.port import Page, Query
from search.query import Term
from search.written.merged_places import Renamed

_BETWEEN_DIGITS = re.compile(r"(?<=\d) (?=\d)")

Step = Literal[
    "all", "also", "period", "signer", "renamed", "repaired", "main", "nearly", "fewer", "most"
]


@dataclass(frozen=True, slots=True)
class Asked:
    """The query that finds something, or the one that was typed.

    ``page`` is its first page where that was fetched to know. ``instead`` are the words it asks
    where some were repaired, ``left_out`` those that hits may miss, ``renamed`` the same under the
    other names of a place, which find something.
    """

    query: Query
    step: Step = "all"
    instead: str = ""
    left_out: tuple[str, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    page: Page | None = None


def finds(index: Answering, query: Query) -> bool:
    """Whether anything is found."""
    return bool(index.counts([query])[0])


def with_terms(query: Query, terms: Iterable[Term]) -> Query:
    """The query with these terms in place of its own."""
    return replace(query, words=replace(query.words, terms=tuple(terms)))


def newest(query: Query) -> Query:
    """Documents by conditions alone."""
    order = "newest" if query.order == "relevance" else query.order
    return replace(by_document(query), order=order)


def by_document(query: Query) -> Query:
    """Each document once; of what is open on conditions only, its title may be known."""
    return replace(query, by="document", visible=replace(query.visible, titles=True))


def as_one(terms: Iterable[Term]) -> Term:
    """Their words one after another."""
    words = [pair for term in terms for pair in zip(term.exact, term.folded, strict=True)]
    return Term(tuple(exact for exact, _ in words), tuple(folded for _, folded in words))


def missing(terms: Sequence[Term], kept: Collection[int]) -> tuple[str, ...]:
    """As they were typed, the terms that are not kept."""
    return tuple(_text(term) for at, term in enumerate(terms) if at not in kept)


def as_repaired(query: Query, terms: Sequence[Term], kept: Collection[int] | None = None) -> Asked:
    """The query with these terms, told as what was asked; of its own all or those are ``kept``."""
    own = query.words.terms
    left_out = missing(own, range(len(own)) if kept is None else kept)
    return Asked(with_terms(query, terms), "repaired", in_words(terms), left_out)


def in_words(terms: Iterable[Term]) -> str:
    """The terms as they may be typed again."""
    return " ".join(map(_text, terms))


def _text(term: Term) -> str:
    words = " ".join(term.exact)
    if term.signs:  # a day
        words = _BETWEEN_DIGITS.sub("-" if term.is_span else "/", words)
    return f'"{words}"' if term.quoted else words
