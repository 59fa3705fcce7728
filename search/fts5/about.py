"""What an entry is beside its words, as words of their own: rights and filters then read no entry.

SQLite finds entries by lists of places, one a word. Of a word that stands in a million entries the
list is read in a tenth of a second, the entries themselves in many.
"""

import hashlib
from collections.abc import Iterable, Iterator
from uuid import UUID

from archive_service import access
from search.clauses import Clause, Either, Every, Phrase, left_out, must_hold
from search.fts5.match import of_title
from search.port import FILTER_OF, SCOPES, VALUE_OF, Dimension, Entry, Filters, Query, Visibility
from search.relevance import SHORT

ITSELF = "itself"  # a case file's own data
MOST_HALVED = 24  # of the case files in the smallest sample one in so many doublings
_WHOLE, _REDUCED = "whole", "reduced"
_NOTHING = "nothing"  # what no entry is


def about(entry: Entry, size: int, title: str = "") -> str:
    """The words of what an entry of ``size`` words is; of a whole document also its title's."""
    return " ".join((*_words(entry, size), *of_title(title.split())))


def about_told() -> str:
    """How entries are told: another answer means that an index is outdated."""
    return about(Entry(UUID(int=0), "", "", UUID(int=0), 0, ""), 0, "title")


def is_about(word: str) -> Clause:
    """That an entry is this."""
    return Phrase(("about",), (word,))


def at_most(size: int) -> Clause:
    """That an entry has no more than so many words, one of ``search.relevance.SHORT``."""
    return is_about(f"short{size}")


def in_sample(halved: int) -> Clause:
    """That an entry is of one of the case files that so many halvings leave."""
    return is_about(f"sample{halved}")


def asked(query: Query) -> Clause:
    """What is found: its words, the account's rights, and all conditions that a word can tell."""
    if query.words.terms and not query.words.weights:
        within = (rights(query.visible), *_chosen(query.filters))
        return Every((must_hold(query), *within), tuple(_left_out(query.filters)))
    return may_be_seen(query)


def may_be_seen(query: Query) -> Clause:
    """All of it but the words that are asked; weighed ones are looked for each alone."""
    within = (rights(query.visible), *_chosen(query.filters))
    words = (left_out(term, query) for term in query.words.excluded)
    return Every(within, (*words, *_left_out(query.filters)))


def rights(visible: Visibility) -> Clause:
    """What the account may see."""
    parts: list[Clause] = []
    if visible.agencies is not None:
        parts.append(_among("agency", visible.agencies))
    if visible.modes is None:
        return Every((*parts, is_about(_WHOLE)))
    readable = Either((_among("mode", visible.modes), *_granted(visible.granted)))
    whole = Every((readable, is_about(_WHOLE)))
    if not visible.titles:
        return Every((*parts, whole))
    # The whole where it may be read, else the rest.
    return Every((*parts, Either((whole, Every((is_about(_REDUCED),), (readable,))))))


def _granted(granted: frozenset[tuple[str, str]]) -> Iterator[Clause]:
    """Whatever is of one of these, each under its mode."""
    for mode in sorted({mode for _, mode in granted}):
        ids = sorted(_scope(subject) for subject, under in granted if under == mode)
        yield Every((_among("mode", [mode]), Either(tuple(map(is_about, ids)))))


def _chosen(filters: Filters) -> Iterator[Clause]:
    for dimension, name in FILTER_OF.items():
        if values := getattr(filters, name):
            yield _among(dimension, values)


def _left_out(filters: Filters) -> Iterator[Clause]:
    for narrowing in filters.without:
        if chosen := tuple(_chosen(narrowing)):
            yield Every(chosen)


def _among(dimension: Dimension, values: Iterable[object]) -> Clause:
    words = sorted(_value(dimension, value) for value in values)
    return Either(tuple(map(is_about, words or [_NOTHING])))


def _words(entry: Entry, size: int) -> Iterator[str]:
    yield _REDUCED if entry.reduced else _WHOLE
    if entry.document_id is None:
        yield ITSELF
    for most, _ in SHORT:
        if size <= most:
            yield f"short{most}"
    for dimension, column in VALUE_OF.items():
        value = getattr(entry, column)
        if value is not None:
            yield _value(dimension, value)
    if entry.mode not in access.OPEN_MODES:
        yield from (_scope(getattr(entry, name)) for name in SCOPES if getattr(entry, name))
    drawn = int.from_bytes(hashlib.sha256(entry.case_file_id.bytes).digest()[:4])
    for halved in range(1, MOST_HALVED + 1):
        if drawn % (1 << halved):
            return
        yield f"sample{halved}"


def _value(dimension: Dimension, value: object) -> str:
    return dimension + _digest(value)


def _scope(value: object) -> str:
    return "of" + _digest(value)


def _digest(value: object) -> str:
    return hashlib.sha256(str(value).encode()).hexdigest()[:20]
