"""Persons as people write them: with initials, or with a title that no paper need have.

Initials before the name of a place are read here, too.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from search.asked import Asked, as_one, missing, with_terms
from search.meant.remembered import Answering
from search.port import Query
from search.query import Term, parse_query
from search.words import words
from search.written.personal_names import Initialed, initialed, surnames
from search.written.said_signer import titles

_LONGEST_NAME = 4  # words
_MOST_LOOKED_AT = 4  # names with initials, of a query


def by_initials(index: Answering, query: Query) -> Asked | None:
    """``N. V. Khuê`` as each name that it may be short for and a document has.

    ``None`` where one has the letters as they are typed, or no such name with the other words.
    """
    if query.words.excluded:
        return None
    for initialed_name in islice(initialed(query.words.text), _MOST_LOOKED_AT):
        phrases: dict[str, str] = {}
        for name in initialed_name.names:
            phrases.setdefault(" ".join(_phrase(name).folded), name)
        known = index.known(phrases, query.visible)
        names = [name for phrase, name in phrases.items() if phrase in known]
        if names:
            return _named(index, query, initialed_name, names)
    return None


def _named(index: Answering, query: Query, said: Initialed, names: Sequence[str]) -> Asked | None:
    before, after = (parse_query(it, narrowed=True).terms for it in (said.before, said.after))
    typed, *ways = (
        with_terms(query, (*before, _phrase(name), *after)) for name in (said.letters, *names)
    )
    as_typed, *counts = index.counts([typed, *ways])
    meant = [name for name, count in zip(names, counts, strict=True) if count]
    if as_typed or not meant:
        return None
    first, *others = map(_phrase, meant)
    person = replace(first, others=tuple(it.folded for it in others))
    text = " ".join(f"{said.before} {meant[0]} {said.after}".split())
    return Asked(with_terms(query, (*before, person, *after)), "repaired", text)


def without_title(index: Answering, query: Query) -> tuple[Query, tuple[str, ...]] | None:
    """Without ``ông`` or ``TS.`` before the name of a person, and what was left out.

    ``None`` where a document has the name and, wherever it stands, the title with the other words.
    """
    terms = query.words.terms
    for at in range(len(terms)):
        size = max((size for size in _sizes(terms, at)), default=0)
        name = _name(index, query, terms[at + size :]) if size else ()
        if not name:
            continue
        begin, end = terms[:at], terms[at + size + len(name) :]
        titled, person = (
            with_terms(query, (*before, as_one(name), *end))
            for before in (terms[: at + size], begin)
        )
        as_typed, found = index.counts([titled, person])
        if as_typed or not found:
            return None
        left = range(at, at + size)
        return person, missing(terms, [it for it in range(len(terms)) if it not in left])
    return None


def _sizes(terms: Sequence[Term], at: int) -> list[int]:
    """Of how many terms from here on a title is."""
    sizes = []
    for size in range(1, len(terms) - at):
        run = terms[at : at + size]
        if any(term.quoted or term.in_data or term.prefix for term in run):
            break
        if " ".join(as_one(run).exact) in titles():
            sizes.append(size)
    return sizes


def _name(index: Answering, query: Query, terms: Sequence[Term]) -> Sequence[Term]:
    """The longest run of the terms, from the first on, that is a person's name in a document."""
    if not terms or terms[0].exact[0] not in surnames():
        return ()
    ways = [terms[:size] for size in range(min(_LONGEST_NAME, len(terms)), 1, -1)]
    ways = [way for way in ways if all(term.is_word for term in way)]
    phrases = [" ".join(as_one(way).folded) for way in ways]
    known = index.known(phrases, query.visible)
    return next((way for way, it in zip(ways, phrases, strict=True) if it in known), ())


def _phrase(text: str) -> Term:
    found = words(text)
    return Term(tuple(it.exact for it in found), tuple(it.folded for it in found))
