"""Words that are asked in place of typed ones, with the marks that papers give them."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from archive_service.text import nfc
from search.port import Hit
from search.words import words

_FIRST = 5  # hits that are looked at


def with_marks(instead: str, typed: str, hits: Sequence[Hit]) -> str:
    """Each word without marks that nobody typed, as the first hits write it most.

    The hits are what the account may see, so that nothing else is told.
    """
    kept = {word.folded for word in words(typed)}
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for text in (nfc(part) for hit in hits[:_FIRST] for part in (hit.title, hit.snippet)):
        for word in words(text):
            seen[word.folded][text[word.start : word.end].lower()] += 1
    told, after = "", 0
    for word in words(instead):
        written = instead[word.start : word.end]
        if word.exact == word.folded and word.folded not in kept and seen[word.folded]:
            ((written, _),) = seen[word.folded].most_common(1)
        told += instead[after : word.start] + written
        after = word.end
    return told + instead[after:]
