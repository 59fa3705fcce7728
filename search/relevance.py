"""Which hit comes first: told by the entry itself and the query, by no count over all entries.

What engines weigh with, how rare a word is and how long entries are, counts entries that the
account may not see: their words could be guessed from the order of what is visible.
"""

from collections import Counter
from collections.abc import Iterable

from search.query import Word

VERY_MARKS = 1000  # just the marks that were typed: above all that follows
PHRASE = 64  # all words, one after another
NEAR = 32  # all words, at most NEAR_WORDS apart
NEAR_WORDS = 12
OFTEN = 8  # each term that stands there OFTEN_TIMES or more often
OFTEN_TIMES = 3
# Words of an entry, up to which it is worth so much: data and titles before pages.
SHORT = ((40, 24), (120, 16), (400, 8))


def often(words: Iterable[Word]) -> list[str]:
    """The words, without marks, that an entry holds often."""
    counts = Counter(word.folded for word in words)
    return sorted(word for word, count in counts.items() if count >= OFTEN_TIMES)
