"""What a query asks of an entry, for every engine: what it must hold, and what it is worth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from search.port import Query
from search.query import Term
from search.relevance import (
    AS_TYPED,
    CASE_FILE,
    DAY,
    FEW_NEAR_WORDS,
    FEW_WORDS,
    FEWEST_IN_A_ROW,
    MARKS,
    MEANT,
    NEAR_WORDS,
    NEARNESS,
    OFTEN,
    OWN,
    PAIRS,
    PHRASE,
    TITLE,
    TITLE_PHRASE,
    TWO_ROWS,
    VERY_MARKS,
)
from search.written.days import is_day

Column = Literal["exact", "folded", "often", "signs", "data", "title", "around", "about"]

OWN_TEXT: tuple[Column, ...] = ("folded",)
_DOCUMENT: tuple[Column, ...] = ("folded", "around")
_DATA: tuple[Column, ...] = ("data", "around")
_FORMS = 6  # of a term, in which it is looked for beside its neighbours,
_FEW_TERMS = 12  # where there are no more of them
_FEWEST_IN_ROWS, _MOST_IN_ROWS = 4, 8  # terms that may be two things, each of two words or more


@dataclass(frozen=True, slots=True)
class Phrase:
    """These words one after another in any of the columns; of a prefix the last only begins so."""

    columns: tuple[Column, ...]
    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """These phrases in one column, at most so many other words between them."""

    column: Column
    phrases: tuple[tuple[str, ...], ...]
    distance: int


@dataclass(frozen=True, slots=True)
class Every:
    """All of the clauses and none of those that are ``without``."""

    clauses: tuple["Clause", ...]
    without: tuple["Clause", ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the clauses."""

    clauses: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Itself:
    """The clause, of a case file's own data alone, or of a document alone."""

    clause: "Clause"
    case_file: bool = True


Clause = Phrase | Near | Every | Either


def must_hold(query: Query) -> Clause:
    """What makes an entry, or a document as a whole, a hit."""
    asked = query.words
    each = tuple(holds(term, query) for term in asked.terms)
    without = tuple(left_out(term, query) for term in asked.excluded)
    if not each:
        return Every((), without)
    if asked.weights:
        return Every((Either(each),), without)
    if query.by != "page":
        each = (*each, Either(tuple(_written(term, OWN_TEXT) for term in asked.terms)))
    if asked.nearly:
        return Every((Either((Every(each), *_but_one(asked.terms))),), without)
    if not (asked.runs or asked.sides):
        return Every(each, without)
    runs = (Phrase(OWN_TEXT, run) for run in (*asked.runs, *asked.sides))
    return Every((Either((Every(each), *runs)),), without)


def holds(term: Term, query: Query) -> Clause:
    """That an entry holds the term, in whatever form."""
    if query.by == "page":
        return _written(term, OWN_TEXT)
    if term.in_title:
        return _phrases(term, ("title",))
    if term.in_own:
        return _phrases(term, ("data",))
    return _written(term, _DATA if term.in_data else _DOCUMENT)


def left_out(term: Term, query: Query) -> Clause:
    """Typed with marks the very word alone is meant: ``-kè`` leaves ``kế hoạch`` in."""
    very = term.marked and not (term.others or term.signs or term.number or term.in_data)
    return Phrase(("exact",), term.exact, term.prefix) if very else holds(term, query)


def worth(query: Query) -> Iterator[tuple[int, Clause | Itself]]:
    """What an entry that is found is worth for how the words stand in it; summands."""
    terms = [term for term in query.words.terms if not term.in_data]
    if not terms:
        return
    yield from _marks(terms)
    yield from _meant(query, terms)
    for term in terms:
        if query.by == "document" and any(map(is_day, term.signs)):  # a case file ends on it
            yield DAY, Itself(_written(term, OWN_TEXT), case_file=False)
        if term.is_span:
            very = Phrase(("signs",), term.signs[:1])
            yield PHRASE, Either((_phrases(term, OWN_TEXT), very))
        yield OFTEN, Every(tuple(Phrase(("often",), (word,)) for word in term.folded))
    if query.by == "document":
        yield TITLE, Every(tuple(_written(term, ("data",)) for term in terms))
        yield from _in_a_row(TITLE_PHRASE, ("data",), terms)
        for part, clause in _in_a_row(CASE_FILE, ("data",), terms):
            yield part, Itself(clause)
        yield OWN, Every(tuple(_written(term, OWN_TEXT) for term in terms))
    if len(terms) > 1:
        for first, second in pairwise(terms):
            yield from _in_a_row(PAIRS // (len(terms) - 1), OWN_TEXT, (first, second))
        yield from _in_a_row(PHRASE, OWN_TEXT, terms)
        if _FEWEST_IN_ROWS <= len(terms) <= _MOST_IN_ROWS:
            yield TWO_ROWS, Either(tuple(_two_rows(terms)))
        yield from _near(terms, NEARNESS if query.by == "document" else NEARNESS[:1])


def _near(
    terms: Sequence[Term], nearness: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, Clause]]:
    """All words near each other, and once more where they have just their marks there."""
    folded = tuple(term.folded for term in terms)
    marked = tuple(term.exact for term in terms if term.marked)
    others = [
        (*folded[:at], form, *folded[at + 1 :])
        for at, term in enumerate(terms if len(terms) <= _FEW_TERMS else ())
        for form in term.forms[1:_FORMS]
    ]
    for distance, value in nearness:
        near = tuple(Near("folded", each, distance) for each in (folded, *others))
        yield value, Either(near) if others else near[0]
        if len(marked) > 1:
            yield value, _or_in_a_row(Near("exact", marked, distance), terms)


def _but_one(terms: Sequence[Term]) -> Iterator[Near]:
    """The terms as they were typed, near each other, each time without another word of letters."""
    phrases = tuple(term.folded for term in terms)
    for at in (at for at, term in enumerate(terms) if term.is_word):
        yield Near("folded", (*phrases[:at], *phrases[at + 1 :]), NEARNESS[-1][0])


def _meant(query: Query, terms: Sequence[Term]) -> Iterator[tuple[int, Clause]]:
    """What was typed, near each other, before what may have been meant; the likeliest first."""
    asked = query.words
    if asked.sides:
        yield MEANT, Either(tuple(Phrase(OWN_TEXT, side) for side in asked.sides))
    if asked.sides and query.by == "document":
        yield TITLE, Either(tuple(Phrase(("data",), side) for side in asked.sides))
    if asked.nearly:
        yield MEANT, Every(tuple(holds(term, query) for term in asked.terms))
    ways: list[Clause] = [Phrase(OWN_TEXT, run) for run in asked.runs]
    ways += [holds(term, query) for term in asked.likely]
    if asked.runs and not asked.repaired:
        phrases = tuple(term.folded for term in terms)
        near = NEAR_WORDS if len(terms) > FEW_WORDS else FEW_NEAR_WORDS
        yield MEANT << len(ways), Near("folded", phrases, near)
    for before, way in enumerate(reversed(ways)):
        yield MEANT << before, way


def _in_a_row(
    weight: int, columns: tuple[Column, ...], terms: Sequence[Term]
) -> Iterator[tuple[int, Clause]]:
    """The terms one after another; half as much where one stands there in another form."""
    typed, *others = _rows(columns, terms)
    if not others:
        yield weight, typed
        return
    yield weight - weight // 2, typed
    yield weight // 2, Either((typed, *others))


def _rows(columns: tuple[Column, ...], terms: Sequence[Term]) -> Iterator[Phrase]:
    """The terms one after another, then with one of them in another form."""
    yield Phrase(columns, _words(terms))
    for at, term in enumerate(terms if len(terms) <= _FEW_TERMS else ()):
        for form in term.forms[1:_FORMS]:
            yield Phrase(columns, (*_words(terms[:at]), *form, *_words(terms[at + 1 :])))


def _two_rows(terms: Sequence[Term]) -> Iterator[Clause]:
    """The terms before a place in a row, and those behind it: two things that were asked for."""
    for at in range(2, len(terms) - 1):
        parts = (terms[:at], terms[at:])
        yield Every(tuple(Phrase(OWN_TEXT, _words(part)) for part in parts))


def _words(terms: Sequence[Term]) -> tuple[str, ...]:
    return tuple(word for term in terms for word in term.folded)


def _marks(terms: Sequence[Term]) -> Iterator[tuple[int, Clause]]:
    marked = [term for term in terms if term.marked]
    if not marked:
        return
    very = Every(
        tuple(
            Phrase(("exact",), term.exact) if term.marked else _written(term, OWN_TEXT)
            for term in terms
        )
    )
    yield VERY_MARKS, _or_in_a_row(very, terms)
    for term in marked:
        yield MARKS // len(marked), Phrase(("exact",), term.exact)
    if len(marked) < len(terms):  # who types some marks leaves few others out
        typed = Every(tuple(Phrase(("exact",), term.exact) for term in terms))
        yield AS_TYPED, _or_in_a_row(typed, terms)


def _or_in_a_row(clause: Clause, terms: Sequence[Term]) -> Clause:
    """Words that follow each other are seldom others than those meant: one mark may be wrong."""
    if len(terms) < FEWEST_IN_A_ROW:
        return clause
    return Either((clause, *_rows(OWN_TEXT, terms)))


def _written(term: Term, columns: tuple[Column, ...]) -> Clause:
    if term.strict and "folded" in columns:  # a case file's data are there without marks alone
        around: tuple[Column, ...] = ("around",)
        exact = Phrase(("exact",), term.exact)
        return Either((exact, Phrase(around, term.folded))) if "around" in columns else exact
    names = (*term.signs, *filter(None, (term.number,)))
    if not names:
        return _phrases(term, columns)
    return Either((_phrases(term, columns), *(Phrase(("signs",), (name,)) for name in names)))


def _phrases(term: Term, columns: tuple[Column, ...]) -> Clause:
    forms = tuple(Phrase(columns, words, term.prefix) for words in term.phrases)
    return forms[0] if len(forms) == 1 else Either(forms)
