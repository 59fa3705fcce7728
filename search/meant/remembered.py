"""An index of which one search asks nothing twice."""

from collections.abc import Collection, Sequence
from typing import Protocol

from search.port import Page, Query, Visibility


class Answering(Protocol):
    """What the steps of a search ask of an index; each as ``SearchIndex`` promises it."""

    def known(self, words: Collection[str], visible: Visibility) -> frozenset[str]:
        """Those of the words that stand in a document that may be seen so."""

    def counts(self, queries: Sequence[Query]) -> Sequence[int]:
        """How many hits each of the queries has."""

    def search(self, query: Query) -> Page:
        """Its hits."""


class Remembered:
    """It keeps what another answers while one search goes on; nothing is asked of no words."""

    def __init__(self, index: Answering) -> None:
        self._index = index
        self._known: dict[Visibility, dict[str, bool]] = {}
        self._counts: dict[Query, int] = {}

    def known(self, words: Collection[str], visible: Visibility) -> frozenset[str]:
        """See ``SearchIndex.known``."""
        numbers = self._known.setdefault(visible, {})
        if wanted := {word for word in words if word not in numbers}:
            found = self._index.known(wanted, visible)
            numbers.update((word, word in found) for word in wanted)
        return frozenset(word for word in words if numbers[word])

    def counts(self, queries: Sequence[Query]) -> Sequence[int]:
        """See ``SearchIndex.counts``."""
        if wanted := [it for it in dict.fromkeys(queries) if it not in self._counts]:
            self._counts |= zip(wanted, self._index.counts(wanted), strict=True)
        return [self._counts[query] for query in queries]

    def search(self, query: Query) -> Page:
        """See ``SearchIndex.search``."""
        return self._index.search(query)
