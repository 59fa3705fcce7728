"""Words that follow each other in a document, but for one that was mistyped into another word.

Where each word is known, a mistake shows by its neighbours alone: the words before and after stand
beside each other in some document, this one beside none of them. All is asked of the index within
the rights of the account.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from search.meant.repairs import Candidate, candidates, function_words, together
from search.port import SearchIndex, Visibility
from search.query import Term

_FEWEST, _MOST = 2, 20  # words of a query that are looked at
_TORN = 3  # pairs that no document has where a word was torn in two
_MOST_RUNS = 4
_ADDED = 4  # the cost of a word that is too much; dearer than any slip
_FEWEST_ADDED = 4  # words of a query in which one may be
_LONGEST_PIECE = 7  # letters of a Vietnamese word
_FEWEST_PARTED, _MOST_PARTED = 3, 40  # words, ways

Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meant:
    """What may have been meant: the terms in full, and their words one after another."""

    terms: tuple[Term, ...]
    run: Run
    cost: int


def meant_runs(
    index: SearchIndex, terms: Sequence[Term], visible: Visibility, *, found: bool
) -> list[Meant]:
    """The likeliest first; none where the words as typed stand so, or more than one is wrong.

    Where the words as typed are ``found`` somewhere, no word but a function word is left out.
    """
    if not _FEWEST <= len(terms) <= _MOST or any(
        term.quoted or term.prefix or term.signs or term.in_data for term in terms
    ):
        return []
    if index.known({_phrase(_run(terms))}, visible):
        return []
    beside = {
        (at, at + 1): {
            _phrase((*one, *other)) for one in terms[at].phrases for other in terms[at + 1].phrases
        }
        for at in range(len(terms) - 1)
    }
    standing = index.known(set().union(*beside.values()), visible)
    apart = [pair for pair, phrases in beside.items() if not phrases & standing]
    made = [
        Meant(meant, run, cost)
        for meant, cost in _ways(terms, apart, found=found)
        for run in _runs(meant)
    ]
    known = index.known({_phrase(each.run) for each in made}, visible)
    likely = sorted((it for it in made if _phrase(it.run) in known), key=lambda it: it.cost)
    best = [it for it in likely if it.cost == likely[0].cost]
    return list({it.run: it for it in best}.values())[:_MOST_RUNS]


def parted(index: SearchIndex, word: str, visible: Visibility) -> Run:
    """Three or more words typed without a space, as they stand in a document; none if they do not.

    Of several ways to part them the one with the fewest words.
    """
    pieces = {
        word[at:end]
        for at in range(len(word))
        for end in range(at + 1, min(at + _LONGEST_PIECE, len(word)) + 1)
    }
    known = index.known(pieces, visible)
    ways: list[list[Run]] = [[()]]
    for end in range(1, len(word) + 1):
        found = (
            (*before, word[at:end])
            for at in range(max(0, end - _LONGEST_PIECE), end)
            if word[at:end] in known
            for before in ways[at]
        )
        ways.append(sorted(found, key=len)[:_MOST_PARTED])
    several = [way for way in ways[-1] if len(way) >= _FEWEST_PARTED]
    standing = index.known({_phrase(way) for way in several}, visible)
    return next((way for way in several if _phrase(way) in standing), ())


def _ways(
    terms: Sequence[Term], apart: Sequence[tuple[int, int]], *, found: bool
) -> Iterator[tuple[tuple[Term, ...], int]]:
    """The terms with one of them, or two that were one, as they may have been meant."""
    if not apart or len(apart) > _TORN or any(b[0] - a[0] != 1 for a, b in pairwise(apart)):
        return
    for first, second in apart:
        if terms[first].is_word and terms[second].is_word:
            joined = together(terms[first], terms[second])
            yield (*terms[:first], joined, *terms[second + 1 :]), 2
    if len(apart) == _TORN:
        return
    suspect = {apart[0][1]} if len(apart) > 1 else set(apart[0])
    for at in suspect:
        term = terms[at]
        if not term.is_word:
            continue
        for way in (*candidates(term, shortest=1), *_left_out(term, len(terms), found=found)):
            yield (*terms[:at], *way.terms, *terms[at + 1 :]), way.cost


def _left_out(term: Term, words: int, *, found: bool) -> Iterator[Candidate]:
    if words >= _FEWEST_ADDED and (not found or term.folded[0] in function_words()):
        yield Candidate((), _ADDED)


def _runs(terms: Sequence[Term]) -> Iterator[Run]:
    """Their words one after another, one term at most as it is written otherwise."""
    yield _run(terms)
    for at, term in enumerate(terms):
        for other in term.others:
            yield (*_run(terms[:at]), *other, *_run(terms[at + 1 :]))


def _run(terms: Sequence[Term]) -> Run:
    return tuple(word for term in terms for word in term.folded)


def _phrase(run: Run) -> str:
    return " ".join(run)
