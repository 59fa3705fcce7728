"""Documents with most of the words, where none has all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import log2

from search.asked import Asked, finds, missing, with_terms
from search.meant import repairs
from search.meant.remembered import Answering
from search.port import Query
from search.query import Term, UserQuery

Options = dict[int, list[repairs.Candidate]]  # what words at these places may have been

_HEAVIEST = 16  # the weight of a word that one document has
_FEWEST_WEIGHED = 3  # of two words one is not most
_FEWEST_EITHER = 2


def most_of(index: Answering, query: Query, rest: Sequence[int], options: Options) -> Asked | None:
    """Documents with the rarest of these words, by what the account may see."""
    if len(rest) < _FEWEST_WEIGHED:
        return None
    own = query.words.terms
    terms = [
        repairs.any_of(options[at]) if at in options else _as_marked(index, query, at)
        for at in rest
    ]
    alone = [with_terms(query, [term]) for term in terms]
    counts = index.counts(alone)
    standing = [it for it in zip(rest, terms, counts, strict=True) if it[2]]
    if len(standing) < _FEWEST_WEIGHED:
        return None
    weights = tuple(
        max(1, (_HEAVIEST - int(log2(count + 1))) >> (at in options)) for at, _, count in standing
    )  # what a word may have been is half as sure as a word
    asked: UserQuery = replace(
        query.words,
        terms=tuple(term for _, term, _ in standing),
        weights=weights,
        least=(sum(weights) + 1) // 2,
    )
    most = replace(query, words=asked)
    return Asked(most, "most", left_out=missing(own, rest)) if finds(index, most) else None


def likelier(asked: Asked, guesses: Iterable[Term]) -> Asked:
    """What was asked; of its hits those first that have one of the guesses, too."""
    words, more = asked.query.words, tuple(guesses)
    if not more:
        return asked
    each = len(more) + 1
    weights = (*(each for _ in words.terms), *(1 for _ in more))
    terms, least = (*words.terms, *more), each * len(words.terms)
    weighed = replace(words, terms=terms, weights=weights, least=least)
    return replace(asked, query=replace(asked.query, words=weighed))


def either_of(index: Answering, query: Query, rest: Sequence[int]) -> Asked | None:
    """Documents with any of these words, which stand together in none; the rarest first."""
    if len(rest) < _FEWEST_EITHER:
        return None
    terms = [query.words.terms[at] for at in rest]
    counts = index.counts([with_terms(query, [term]) for term in terms])
    weights = tuple(max(1, _HEAVIEST - int(log2(count + 1))) for count in counts)
    asked = replace(query.words, terms=tuple(terms), weights=weights, least=min(weights))
    return Asked(replace(query, words=asked), "most", left_out=missing(query.words.terms, rest))


def _as_marked(index: Answering, query: Query, at: int) -> Term:
    """A word that some document has with just the marks that were typed is meant with them."""
    term = query.words.terms[at]
    known = term.is_word and term.marked and not term.others
    strict = known and bool(index.known({term.exact[0]}, query.visible))
    return replace(term, strict=strict)
