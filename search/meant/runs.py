"""Words that follow each other in a document, but for one or two that were mistyped.

A word that nothing has shows its mistake; where each word is known, it shows by its neighbours
alone: the words before and after stand beside each other in some document, this one beside none of
them. All is asked of the index within the rights of the account.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise, product
from math import log2

from search.meant.remembered import Answering
from search.meant.repairs import candidates, is_function_word, together
from search.port import Query, Visibility
from search.query import Term, UserQuery
from search.words import words

_FEWEST, _MOST = 2, 32  # words of a query that are looked at
_TORN = 3  # pairs that no document has where two words beside each other are wrong
_MOST_TORN = 2  # places of a query that are wrong
MOST_MEANT = 10
_ADDED = 4  # the cost of a word that is too much; dearer than any slip
_FEWEST_ADDED = 4  # words of a query in which one may be
_FEWEST_TWICE = 4  # words of a query in which two may be wrong
_MOST_LOOKED_AT = 6  # words of which each is tried where every pair of neighbours is known
_MOST_WAYS = 400  # of two words together, the likeliest
_LIKELIER = 2  # so many times fewer documents make up for one more of cost, as a power of two
_LONGEST_PIECE = 7  # letters of a Vietnamese word
_TWO, _MOST_PARTED = 2, 40  # words, ways

Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meant:
    """What may have been meant: the terms in full, and their words one after another."""

    terms: tuple[Term, ...]
    run: Run
    cost: int

    @property
    def one_by_one(self) -> tuple[Term, ...]:
        """The terms where they are the run; else its words."""
        same = _run(self.terms) == self.run
        return self.terms if same else tuple(Term((word,), (word,)) for word in self.run)


@dataclass(frozen=True, slots=True)
class _Change:
    """These terms in place of those from ``begin`` to before ``end``."""

    begin: int
    end: int
    terms: tuple[Term, ...]
    cost: int


def meant_runs(index: Answering, query: Query, *, found: bool) -> list[Meant]:
    """Of words that ``stand_apart`` what to show first comes first.

    Where the words as typed are ``found`` somewhere, no word but a function word is left out.
    """
    made = _Torn(index, query, found=found).ways()
    known = index.known({_phrase(each.run) for each in made}, query.visible)
    standing: dict[Run, Meant] = {}
    for each in sorted(made, key=lambda it: it.cost):
        if _phrase(each.run) in known:
            standing.setdefault(each.run, each)
    likely = list(standing.values())[: 4 * MOST_MEANT]
    counts = index.counts([replace(query, words=_asking(query.words, it.run)) for it in likely])
    return [likely[at] for at in in_order([it.cost for it in likely], counts)[:MOST_MEANT]]


def stand_apart(index: Answering, query: Query) -> bool:
    """Whether the words are loose ones that follow each other so in no document."""
    terms = query.words.terms
    if not _FEWEST <= len(terms) <= _MOST or any(
        term.quoted or term.prefix or term.signs or term.in_data for term in terms
    ):
        return False
    return not index.known(in_a_row(terms), query.visible)


def in_a_row(terms: Sequence[Term]) -> set[str]:
    """The words of the terms one after another, one term at most as it is written otherwise."""
    return {_phrase(run) for run in _runs(terms)}


def in_order(costs: Sequence[int], counts: Sequence[int]) -> list[int]:
    """Places of the ways that have hits: the likeliest first, of those as likely that with fewest.

    So each keeps the others back least. Hits are counted within the rights of the account.
    """
    found = [
        (_LIKELIER * cost + log2(count), at)
        for at, (cost, count) in enumerate(zip(costs, counts, strict=True))
        if count
    ]
    return [at for _, at in sorted(found)]


def _asking(words: UserQuery, run: Run) -> UserQuery:
    return replace(words, terms=(Term(run, run),))


class _Torn:
    """Where the words of a query do not stand beside each other, and how they may have been."""

    def __init__(self, index: Answering, query: Query, *, found: bool) -> None:
        self._index = index
        self._visible = query.visible
        self._terms = query.words.terms
        self._found = found
        alone = {at: term for at, term in enumerate(self._terms) if term.is_word}
        words = {word for it in alone.values() for word in (it.folded[0], it.exact[0])}
        known = index.known(words, self._visible)
        self._unknown = {at for at, term in alone.items() if term.folded[0] not in known}
        self._numbers = {
            at for at, term in enumerate(self._terms) if all(map(str.isdecimal, term.folded))
        }
        # Typed with marks that stand nowhere: less sure, for papers may lack their marks.
        self._strange = {at for at, term in alone.items() if term.exact[0] not in known}

    def ways(self) -> list[Meant]:
        """Each way in which one place, or two, may have been meant otherwise."""
        beside = [_beside((term, other)) for term, other in pairwise(self._terms)]
        standing = self._index.known(set().union(*beside), self._visible)
        apart = [at for at, phrases in enumerate(beside) if not phrases & standing]
        if self._found:  # people put numbers where they like
            apart = [at for at in apart if not {at, at + 1} & self._numbers]
        if apart:
            changes = [self._standing(self._at(*place)) for place in self._places(apart)]
        elif len(self._terms) <= _MOST_LOOKED_AT:
            each = (self._others(at) for at in range(len(self._terms)) if self._has_words(at))
            changes = [self._standing(chain.from_iterable(each))]
        else:
            changes = []
        if not changes:
            return []
        most = 4 * MOST_MEANT if len(changes) == 1 else MOST_MEANT
        some = product(*(change[:most] for change in changes))
        return [made for each_one in some for made in self._made(each_one)]

    def _has_words(self, at: int) -> bool:
        """Whether a word stands beside it, by which one knows what was meant."""
        last = len(self._terms) - 1
        return not self._found or not {max(0, at - 1), min(at + 1, last)} - {at} <= self._numbers

    def _places(self, apart: Sequence[int]) -> list[tuple[int, int]]:
        """First and last word of each stretch whose neighbours no document has so."""
        places: list[tuple[int, int]] = []
        for at in apart:
            if places and places[-1][1] == at:
                places[-1] = (places[-1][0], at + 1)
            else:
                places.append((at, at + 1))
        twice = len(places) > 1 or places[0][1] - places[0][0] == _TORN
        if len(places) > _MOST_TORN or (twice and len(self._terms) < _FEWEST_TWICE):
            return []
        return [] if any(last - first > _TORN for first, last in places) else places

    def _at(self, first: int, last: int) -> Iterator[_Change]:
        """What may have been meant from the first word to the last one, which stay apart."""
        for at in range(first, last):
            if self._terms[at].is_word and self._terms[at + 1].is_word:
                joined = together(self._terms[at], self._terms[at + 1])
                yield _Change(at, at + 2, (joined,), 2)
                yield from (_Change(at, at + 2, both, 1) for both in self._slid(at))
        suspects = self._suspects(first, last)
        for at in suspects:
            yield from self._others(at)
        inner = range(first + 1, last) if last - first == _TORN else suspects
        if last - first > 1 and len(self._terms) >= _FEWEST_TWICE:
            for at in inner:
                if at + 1 in inner:
                    yield from self._both(at)

    def _slid(self, at: int) -> Iterator[tuple[Term, Term]]:
        """Two words with the space one key too late or too early: ``trạ mbơm``."""
        letters = "".join(term.exact[0] for term in self._terms[at : at + 2])
        size = len(self._terms[at].exact[0])
        for cut in (size - 1, size + 1):
            both = words(f"{letters[:cut]} {letters[cut:]}")
            if len(both) == 2:
                first, second = (Term((word.exact,), (word.folded,)) for word in both)
                yield first, second

    def _suspects(self, first: int, last: int) -> list[int]:
        """Words that one mistake may be in: those that nothing has, else all that may be torn."""
        here = list(range(first, last + 1))
        if last - first == _TORN:
            return []
        for doubtful in (self._unknown, self._strange):
            if places := [at for at in here if at in doubtful]:
                return places
        return here[1:-1] if last - first == _TORN - 1 and len(self._terms) > _TORN else here

    def _others(self, at: int) -> Iterator[_Change]:
        term = self._terms[at]
        if not term.is_word:
            return
        for way in candidates(term, shortest=1):
            yield _Change(at, at + 1, way.terms, way.cost)
        may_miss = not self._found or is_function_word(term)
        if len(self._terms) >= _FEWEST_ADDED and may_miss:
            yield _Change(at, at + 1, (), _ADDED)

    def _both(self, at: int) -> Iterator[_Change]:
        """Two words beside each other, each otherwise."""
        if not (self._terms[at].is_word and self._terms[at + 1].is_word):
            return
        firsts = self._standing(self._others(at), after=False)
        seconds = self._standing(self._others(at + 1), before=False)
        pairs = [
            _Change(at, at + 2, (*change.terms, *other.terms), change.cost + other.cost)
            for change, other in product(firsts, seconds)
            if change.terms and other.terms
        ]
        yield from sorted(pairs, key=lambda it: it.cost)[:_MOST_WAYS]

    def _standing(
        self, changes: Iterable[_Change], *, before: bool = True, after: bool = True
    ) -> list[_Change]:
        """Those that stand beside the word before and the one after, the likeliest first."""
        made = list(changes)
        words = {word for it in made for word in _run(it.terms)}
        known = self._index.known(words, self._visible)
        likely = {
            it: self._around(it, before=before, after=after)
            for it in made
            if known.issuperset(_run(it.terms))
        }
        standing = self._index.known(set().union(*likely.values()), self._visible)
        return sorted((it for it in likely if likely[it] & standing), key=lambda it: it.cost)

    def _around(self, change: _Change, *, before: bool, after: bool) -> set[str]:
        """The words of the change with the word before and the one after."""
        first = change.begin - 1 if before and change.begin else change.begin
        last = change.end + 1 if after else change.end
        return _beside(
            (*self._terms[first : change.begin], *change.terms, *self._terms[change.end : last])
        )

    def _made(self, changes: Sequence[_Change]) -> Iterator[Meant]:
        terms: list[Term] = []
        at = 0
        added = sum(not change.terms for change in changes)
        if added > 1 and len(self._terms) - added < _FEWEST_ADDED:  # too few are left
            return
        for change in changes:
            if change.begin < at:
                return
            terms += [*self._terms[at : change.begin], *change.terms]
            at = change.end
        terms += self._terms[at:]
        cost = sum(change.cost for change in changes)
        for run in _runs(terms):
            yield Meant(tuple(terms), run, cost)


def parted(index: Answering, word: str, visible: Visibility, fewest: int) -> Run:
    """So many words or more typed without a space, as they stand in a document; else none.

    Of several ways to part them the one with the fewest words; two of them are no single letters.
    """
    pieces = {
        word[at:end]
        for at in range(len(word))
        for end in range(at + 1, min(at + _LONGEST_PIECE, len(word)) + 1)
    }
    forms = {piece: words(piece)[0].folded for piece in pieces}  # ky stands there as ki
    known = index.known({*forms.values()}, visible)
    ways: list[list[Run]] = [[()]]
    for end in range(1, len(word) + 1):
        found = (
            (*before, forms[word[at:end]])
            for at in range(max(0, end - _LONGEST_PIECE), end)
            if forms[word[at:end]] in known
            for before in ways[at]
        )
        ways.append(sorted(found, key=len)[:_MOST_PARTED])
    several = [
        way
        for way in ways[-1]
        if len(way) >= _TWO and (len(way) > _TWO or all(len(it) > 1 for it in way))
    ]
    standing = index.known({_phrase(way) for way in several}, visible)
    best = next((way for way in several if _phrase(way) in standing), ())
    return best if len(best) >= fewest else ()


def in_pieces(term: Term, run: Run) -> Iterator[Term]:
    """The word that was typed as these words, each with the marks that it has there."""
    at = 0
    for piece in run:
        (word,) = words(term.exact[0][at : at + len(piece)])
        yield Term((word.exact,), (piece,)) if word.folded == piece else Term((piece,), (piece,))
        at += len(piece)


def _runs(terms: Sequence[Term]) -> Iterator[Run]:
    """Their words one after another, one term at most as it is written otherwise."""
    yield _run(terms)
    for at, term in enumerate(terms):
        for other in term.forms[1:]:
            yield (*_run(terms[:at]), *other, *_run(terms[at + 1 :]))


def _run(terms: Sequence[Term]) -> Run:
    return tuple(word for term in terms for word in term.folded)


def _beside(terms: Sequence[Term]) -> set[str]:
    """The terms one after another, in each form of each."""
    forms = product(*(term.forms for term in terms))
    return {_phrase(tuple(word for form in each for word in form)) for each in forms}


def _phrase(run: Run) -> str:
    return " ".join(run)
