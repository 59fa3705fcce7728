"""Asking so that nothing found is never the end: repaired words, then fewer of them.

Each step is taken only where the one before finds nothing, and is told. What repairs and weights
go by is asked of the index within the rights of the account (``known`` and ``counts``), so that a
hidden document changes neither what is found nor its order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from search.asked import (
    Asked,
    as_repaired,
    by_document,
    finds,
    in_words,
    missing,
    newest,
    with_terms,
)
from search.language import with_operator
from search.meant import repairs
from search.meant.choice import Choice, either_way
from search.meant.code_repairs import CodeRepairs
from search.meant.framed import asked_by, without_frame
from search.meant.loosened import (
    by_signer,
    in_period,
    read_again,
    with_shorter_name,
    word_by_word,
)
from search.meant.most import Options, either_of, likelier, most_of
from search.meant.nearest import code_in_spaces, in_any_order, nearest
from search.meant.persons import by_initials, without_title
from search.meant.remembered import Answering, Remembered
from search.meant.renamed import under_other_name
from search.meant.runs import in_pieces, meant_runs, parted, stand_apart
from search.meant.typed import typed_or_meant
from search.meant.wrong_word import without_one
from search.port import Query
from search.query import parse_query

# Where every word is known, each is tried otherwise: of fewer any other word would find something.
_FEWEST_KNOWN, _MOST_TRIED = 4, 8
_JOINED_ALONE, _JOINED, _LONGEST_JOINED = 4, 6, 60  # letters of words typed without spaces


def ask(index: Answering, query: Query) -> Asked:
    """The query as typed; else repaired; else without words that nothing has; else most words.

    Conditions alone list documents, the newest first.
    """
    if not query.words.terms:
        return Asked(newest(query))
    index = Remembered(index)
    return under_other_name(index, query, _ask(index, query), _ask)


def _ask(index: Answering, query: Query) -> Asked:
    asked = (
        by_signer(index, query)
        or by_initials(index, query)
        or _in_period(index, query)
        or _by_words(index, query)
    )
    if asked.step != "repaired":
        return asked
    again = replace(asked.query.words, text=asked.instead)
    return _in_period(index, replace(asked.query, words=again)) or asked


def _in_period(index: Answering, query: Query) -> Asked | None:
    """The days that its words say as a condition, beside the other words, repaired or not."""
    if (period := in_period(index, query)) is None:
        return None
    asked = _by_words(index, period.query) if period.query.words.terms else period
    if asked.step in ("fewer", "most") or not finds(index, asked.query):
        return None
    rest = asked.instead if asked is not period else ""
    rest = rest or in_words(asked.query.words.terms)
    return replace(asked, step="period", instead=f"{period.instead} {rest}".strip())


def _by_words(index: Answering, query: Query) -> Asked:
    if any(term.in_data for term in (*query.words.terms, *query.words.excluded)):
        query = by_document(query)  # a page has no data of its own
    if untitled := without_title(index, query):
        named = _by_words(index, untitled[0])
        step = "main" if named.step == "all" else named.step
        return replace(named, step=step, left_out=(*untitled[1], *named.left_out))
    asked = typed_or_meant(index, query)
    if asked is None and query.by == "page":
        query = by_document(query)
        asked = typed_or_meant(index, query)
    return read_again(index, asked or _otherwise(index, query))


def _otherwise(index: Answering, query: Query) -> Asked:
    """What is asked where nothing is found as typed; the typed query where nothing helps."""
    if meant := with_operator(query.words.text):
        either = replace(query, words=parse_query(meant, narrowed=True))
        if finds(index, either):
            return Asked(either, "repaired", meant)
    if shorter := with_shorter_name(index, query):
        return Asked(shorter)
    if code := code_in_spaces(index, query):
        return code
    steps = _Steps(index, query)
    asked = steps.first()
    loose = word_by_word(query)
    if asked.step not in ("all", "most") or (asked.step == "most" and loose is None):
        return asked
    near = nearest(index, query) if asked.step == "all" else None
    if near is not None:
        return near
    if loose is None:
        return in_any_order(index, query) or steps.last() or asked
    if (apart := typed_or_meant(index, loose)) is not None:
        text = apart.instead or in_words(loose.words.terms)
        if text == query.words.text.lower():  # a number in words, which stand apart
            return apart
        return replace(apart, step="repaired", instead=text)
    if asked.step == "most":
        return asked
    steps = _Steps(index, loose)
    found = steps.first()
    return found if found.step != "all" else steps.last() or asked


class _Steps:
    """The steps after the first, for one query that finds nothing."""

    def __init__(self, index: Answering, query: Query) -> None:
        self._index = index
        self._query = query
        self._terms = query.words.terms
        words = {term.folded[0] for term in self._terms if term.is_word}
        self._known = index.known(words, query.visible)
        self._options: Options = {}  # of words that nothing has
        self._guesses: Options = {}  # of those for which nothing is sure enough

    def first(self) -> Asked:
        """The first step that finds something; the typed query if none does."""
        if found := self._parted(fewest=3) or self._by_keys() or self._parted(fewest=2):
            return found
        apart = stand_apart(self._index, self._query)
        if apart and (found := self._left(without_frame(self._index, self._query))):
            return found
        if apart and (meant := meant_runs(self._index, self._query, found=False)):
            runs = tuple(each.run for each in meant)
            words = replace(self._query.words, terms=meant[0].one_by_one, runs=runs)
            return Asked(replace(self._query, words=words), "repaired", in_words(meant[0].terms))
        if found := without_one(self._index, self._query):
            return found
        content = self._content()
        unknown = [at for at in content if self._is_unknown(at)]
        if 0 < len(content) < len(self._terms):
            shorter = with_terms(self._query, [self._terms[at] for at in content])
            if finds(self._index, shorter):
                return Asked(shorter, "fewer", left_out=missing(self._terms, content))
        codes = CodeRepairs(self._index, self._query)
        found = codes.first() or self._repaired(content, unknown) or codes.with_day()
        if found is not None:
            return found
        rest = [at for at in content if at not in unknown]
        if unknown and not self._options and (found := self._left(rest)):
            return likelier(found, map(repairs.any_of, self._guesses.values()))
        rest = [at for at in content if at not in unknown or at in self._options]
        found = most_of(self._index, self._query, rest, self._options)
        return found or without_one(self._index, self._query, fewest=3) or Asked(self._query)

    def last(self) -> Asked | None:
        """Where no step finds anything: the words, codes and numbers that stand somewhere."""
        content = self._content()
        alone = [with_terms(self._query, [self._terms[at]]) for at in content]
        counts = self._index.counts(alone)
        standing = [at for at, count in zip(content, counts, strict=True) if count]
        if not standing:
            return self._code_alone()
        found = self._left(standing) or self._without_function_words(content)
        return found or either_of(self._index, self._query, standing)

    def _without_function_words(self, content: Sequence[int]) -> Asked | None:
        """What the other words may have been, where one of these stands between them."""
        if len(content) == len(self._terms):
            return None
        query = with_terms(self._query, [self._terms[at] for at in content])
        found = _Steps(self._index, query).first()
        left_out = (*found.left_out, *missing(self._terms, content))
        return replace(found, left_out=left_out) if found.step != "all" else None

    def _code_alone(self) -> Asked | None:
        """The one code, with a slip in it, where nothing has any of the words."""
        codes = [at for at, term in enumerate(self._terms) if term.is_code]
        if len(codes) != 1 or len(self._terms) == 1:
            return None
        query = with_terms(self._query, [self._terms[codes[0]]])
        found = CodeRepairs(self._index, query).first()
        return found and replace(found, left_out=missing(self._terms, codes))

    def _content(self) -> list[int]:
        left_out = repairs.may_miss(self._terms) | asked_by(self._terms)
        return [at for at in range(len(self._terms)) if at not in left_out]

    def _left(self, rest: Sequence[int]) -> Asked | None:
        """These terms alone, where they are found together."""
        shorter = with_terms(self._query, [self._terms[at] for at in rest])
        if not rest or len(rest) == len(self._terms) or not finds(self._index, shorter):
            return None
        return Asked(shorter, "fewer", left_out=missing(self._terms, rest))

    def _parted(self, *, fewest: int) -> Asked | None:
        """Several words typed as one, where they stand so and a document has the others, too."""
        least = _JOINED if len(self._terms) > 1 else _JOINED_ALONE
        for at, term in enumerate(self._terms):
            word = term.folded[0]
            if not self._is_unknown(at) or not least <= len(word) <= _LONGEST_JOINED:
                continue
            if run := parted(self._index, word, self._query.visible, fewest):
                pieces = in_pieces(term, run)
                terms = [*self._terms[:at], *pieces, *self._terms[at + 1 :]]
                if finds(self._index, with_terms(self._query, terms)):
                    return as_repaired(self._query, terms)
        return None

    def _by_keys(self) -> Asked | None:
        """Several words that nothing has, as they are keys of Telex or VNI: one may be chance."""
        unknown = [at for at in range(len(self._terms)) if self._is_unknown(at)]
        made = {at: repairs.by_keys(self._terms[at]) for at in unknown}
        words = {term.folded[0] for terms in made.values() for term in terms}
        known = self._index.known(words, self._query.visible)
        meant = {at: [it for it in made[at] if it.folded[0] in known][:1] for at in unknown}
        terms = [it for at, term in enumerate(self._terms) for it in meant.get(at) or [term]]
        several = sum(map(bool, meant.values())) > 1
        found = several and finds(self._index, with_terms(self._query, terms))
        return as_repaired(self._query, terms) if found else None

    def _is_unknown(self, at: int) -> bool:
        term = self._terms[at]
        return term.is_word and term.folded[0] not in self._known

    def _repaired(self, content: Sequence[int], unknown: Sequence[int]) -> Asked | None:
        words = [at for at in content if self._terms[at].is_word]
        for kept in dict.fromkeys((tuple(range(len(self._terms))), tuple(content))):
            joined = self._joined(kept, unknown)
            if joined is not None:
                return joined
        if unknown:
            groups = [list(unknown)]
        else:
            tried_each = _FEWEST_KNOWN <= len(words) <= _MOST_TRIED
            groups = [[at] for at in words] if tried_each else []
        meant = self._meant([at for group in groups for at in group])
        self._options = {at: found for at, found in meant.items() if at in unknown and found}
        for kept in dict.fromkeys((tuple(range(len(self._terms))), tuple(content))):
            tried = [
                {at: meant[at] for at in group}
                for group in groups
                if all(meant[at] for at in group)
            ]
            either = [either_way(self._query, kept, options) for options in tried]
            counts = self._index.counts(either)
            best = max(zip(counts, range(len(tried)), strict=True), default=(0, 0))
            if best[0]:
                return self._chosen(kept, tried[best[1]])
        return None

    def _meant(self, positions: Iterable[int]) -> Options:
        """Of each word what may have been meant and stands in a document that may be seen."""
        made = {at: repairs.candidates(self._terms[at]) for at in positions}
        wanted = {
            term.folded[0] for found in made.values() for each in found for term in each.terms
        }
        known = self._index.known(wanted, self._query.visible)
        meant = {
            at: [each for each in found if all(term.folded[0] in known for term in each.terms)]
            for at, found in made.items()
        }
        meant = {at: self._by_marks(at, found) for at, found in meant.items()}
        by_keys = {
            at: [each for each in found if each.cost == repairs.BY_KEYS]
            for at, found in meant.items()
        }
        if sum(map(bool, by_keys.values())) > 1:  # one may be chance, two are a keyboard
            meant = {at: by_keys[at] or found for at, found in meant.items()}
        return meant

    def _by_marks(self, at: int, found: list[repairs.Candidate]) -> list[repairs.Candidate]:
        """Those that stand somewhere with the marks that were typed have them, and are likelier."""
        made = repairs.as_marked(self._terms[at], found)
        words = {it.terms[0].exact[0] for it in made.values()}
        known = self._index.known(words, self._query.visible)
        marked = {it: own for it, own in made.items() if own.terms[0].exact[0] in known}
        return [*marked.values(), *(it for it in found if it not in marked)]

    def _chosen(self, kept: Sequence[int], options: Options) -> Asked | None:
        unknown = {at for at in options if self._is_unknown(at)}
        chosen = Choice(self._index, self._query, kept, unknown).best(options)
        if chosen is None:
            self._options, self._guesses = {}, self._options
        return chosen

    def _joined(self, kept: Sequence[int], unknown: Sequence[int]) -> Asked | None:
        """Neighbours as one word, where that word is known."""
        pairs = [
            (first, second)
            for first, second in pairwise(kept)
            if second == first + 1
            and self._terms[first].is_word
            and self._terms[second].is_word
            and (not unknown or first in unknown or second in unknown)
        ]
        whole = {pair: repairs.together(*(self._terms[at] for at in pair)) for pair in pairs}
        known = self._index.known({term.folded[0] for term in whole.values()}, self._query.visible)
        tried = [
            [whole[pair] if at == pair[0] else self._terms[at] for at in kept if at != pair[1]]
            for pair in pairs
            if whole[pair].folded[0] in known
        ]
        counts = self._index.counts([with_terms(self._query, terms) for terms in tried])
        best = max(zip(counts, range(len(tried)), strict=True), default=(0, 0))
        return as_repaired(self._query, tried[best[1]], kept) if best[0] else None
