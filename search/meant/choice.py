"""What each mistyped word of a query was, by its marks, its neighbours and the hits."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from search.asked import Asked, as_repaired, missing, with_terms
from search.meant import repairs
from search.meant.most import Options, likelier
from search.meant.remembered import Answering
from search.port import Query
from search.query import Term

_MOST_BESIDE = 8  # of what a neighbour may have been
# A repair whose word does not stand beside its neighbours is taken of so many words, or of one
# word alone that is so long: shorter ones become anything.
_FEWEST_AROUND, _LONG = 4, 4


def either_way(query: Query, kept: Sequence[int], options: Options) -> Query:
    """The terms at these places, each that has options as any of them."""
    own = query.words.terms
    return with_terms(
        query, [repairs.any_of(options[at]) if at in options else own[at] for at in kept]
    )


class Choice:
    """Among the candidates of each mistyped word, for the terms that are kept.

    Args:
        unknown: places of words that nothing has.
    """

    def __init__(
        self, index: Answering, query: Query, kept: Sequence[int], unknown: Collection[int]
    ) -> None:
        self._index = index
        self._query = query
        self._terms = query.words.terms
        self._kept = kept
        self._unknown = unknown

    def best(self, options: Options) -> Asked | None:
        """With the likeliest word at each place; none where a word is too little sure.

        One that stands beside none of its neighbours is not the only one that is found.
        """
        left = dict(options)
        for at in options:
            ranked, beside = self._ranked(at, left)
            if not beside and ranked[0].cost != repairs.BY_KEYS:
                if not self._may_guess(at):
                    return None
                if len(ranked) > 1 and len(options) == 1:
                    return self._any(at, ranked)
            left[at] = ranked[:1]
        terms = [
            term
            for at in self._kept
            for term in (left[at][0].terms if at in left else (self._terms[at],))
        ]
        return as_repaired(self._query, terms, self._kept)

    def _any(self, at: int, ranked: Sequence[repairs.Candidate]) -> Asked:
        """Whichever word it was, the likeliest first."""
        either = either_way(self._query, self._kept, {at: list(ranked)})
        left_out = missing(self._terms, [place for place in self._kept if place != at])
        return likelier(Asked(either, "fewer", left_out=left_out), ranked[0].terms)

    def _ranked(self, at: int, left: Options) -> tuple[list[repairs.Candidate], bool]:
        """The candidates that are found, the likeliest first, and whether it has a neighbour.

        Where some are found that have the typed marks, or a neighbour, the others are not meant.
        """
        sides = dict(zip(left[at], self._sides(at, left), strict=True))
        beside_one = [it for it in left[at] if sides[it]]
        marked = [it for it in left[at] if it.terms[0].marked]
        both = [it for it in marked if sides[it]]
        for found in (both, marked, beside_one, left[at]):
            either = [self._either({**left, at: [candidate]}) for candidate in found]
            counts = self._index.counts(either)
            if any(counts):
                break
        beside = self._beside(at, {**left, at: found})
        ranked = sorted(
            (not beside[place], -sides[candidate], candidate.cost, -count, place)
            for place, (candidate, count) in enumerate(zip(found, counts, strict=True))
            if count
        )
        return [found[place] for *_, place in ranked], not ranked[0][0]

    def _may_guess(self, at: int) -> bool:
        if at not in self._unknown:
            return False
        alone = len(self._kept) == 1 and len(self._terms[at].folded[0]) >= _LONG
        return alone or len(self._kept) >= _FEWEST_AROUND

    def _beside(self, at: int, options: Options) -> Sequence[int]:
        """How often each candidate is found beside a word that was typed beside it."""
        place = list(self._kept).index(at)
        pairs = list(pairwise(self._kept[max(0, place - 1) : place + 2]))
        queries = []
        for candidate in options[at] if pairs else ():
            ways = {**options, at: [candidate]}
            phrases = [
                (*first, *second)
                for number, other in pairs
                for first in self._ways(number, ways)
                for second in self._ways(other, ways)
            ]
            beside = Term(phrases[0], phrases[0], others=tuple(phrases[1:]))
            either = self._either(ways)
            terms = (*either.words.terms, beside)
            queries.append(replace(either, words=replace(either.words, terms=terms)))
        return self._index.counts(queries) if pairs else [0] * len(options[at])

    def _sides(self, at: int, options: Options) -> list[int]:
        """Beside how many of its two neighbours each candidate stands in some document."""
        place = list(self._kept).index(at)
        pairs = list(pairwise(self._kept[max(0, place - 1) : place + 2]))
        beside = [
            [
                {
                    " ".join((*first, *second))
                    for first in self._ways(number, {**options, at: [candidate]})
                    for second in self._ways(other, {**options, at: [candidate]})
                }
                for number, other in pairs
            ]
            for candidate in options[at]
        ]
        asked = {phrase for each in beside for phrases in each for phrase in phrases}
        known = self._index.known(asked, self._query.visible)
        return [sum(not phrases.isdisjoint(known) for phrases in each) for each in beside]

    def _ways(self, at: int, options: Options) -> list[tuple[str, ...]]:
        likely = sorted(options.get(at, ()), key=lambda it: it.cost)[:_MOST_BESIDE]
        return list(repairs.phrases_of(likely)) if likely else [self._terms[at].folded]

    def _either(self, options: Options) -> Query:
        return either_way(self._query, self._kept, options)
