"""Which hit comes first: told by the entry itself and the query, by no count over all entries.

What engines weigh with, how rare a word is and how long entries are, counts entries that the
account may not see: their words could be guessed from the order of what is visible.
"""

from collections import Counter
from collections.abc import Iterable

from search.words import Word

# Just the marks that were typed, of every word: above all that follows. So many words one after
# another are worth as much with other marks.
VERY_MARKS, FEWEST_IN_A_ROW = 1000, 3
MARKS = 200  # shared by the words that were typed with marks and stand so
AS_TYPED = 200  # and the words typed without marks stand so, too, where others have some
DAY = 32  # a document of a day, or that names it: before a case file that ends on it
TITLE = 160  # all words in its own data: title, number, signer
TITLE_PHRASE = 96  # one after another there
CASE_FILE = 128  # a case file whose own data have them one after another: before its documents
OWN = 64  # every word in its own text, none of them in the case file's data alone
PAIRS = 128  # shared by the pairs of neighbours that stand one after another
PHRASE = 64  # all words, one after another
TWO_ROWS = 288  # the first ones in a row and the others in another: before words near each other
NEAR_WORDS = 12
# All words, with at most so many others between them; with just their marks as much again.
NEARNESS = ((NEAR_WORDS, 32), (60, 48), (130, 64))
OFTEN = 8  # each term that stands there OFTEN_TIMES or more often
OFTEN_TIMES = 3
# Words of an entry, up to which it is worth so much: data and titles before pages.
SHORT = ((40, 24), (120, 16), (400, 8))
# Where something may have been meant otherwise: the last of the ways, each twice as much as the one
# after it, so that no others together come before it.
MEANT = 2048
# Words as typed come before these where they stand near each other; so few stand so by chance.
FEW_WORDS, FEW_NEAR_WORDS = 3, 4
# Where not every word must be found: what is found counts before how it stands there.
WEIGHED = 4096


def often(words: Iterable[Word]) -> list[str]:
    """The words, without marks, that an entry holds often."""
    counts = Counter(word.folded for word in words)
    return sorted(word for word, count in counts.items() if count >= OFTEN_TIMES)
