"""Words asked in place of typed ones, written as they were typed or as papers have them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from archive_service.text import fold, nfc
from search.port import END, FOUND, Hit
from search.words import Word, words

_FIRST = 5  # hits that are looked at
_UNMARKED = str.maketrans({FOUND: "", END: ""})
_LONGEST_CODE = 12  # words


def with_marks(instead: str, typed: str, hits: Sequence[Hit]) -> str:
    """Each word as it was typed; one that nobody typed so as the first hits write it most, and a
    number or code with the signs between its parts that were typed or that they have.

    The hits are what the account may see, so that nothing else is told.
    """
    texts = [nfc(part).translate(_UNMARKED) for hit in hits[:_FIRST] for part in _texts(hit)]
    own = words(typed)
    found = [(text, words(text)) for text in texts]
    codes = [(typed, own), *found]
    asked = words(instead)
    left = [(word, typed[word.start : word.end]) for word in own]
    seen = _Seen(found)
    wording, at, after = "", 0, 0
    while at < len(asked):
        size, code = _as_code(asked[at:], instead, codes)
        last = asked[at + size - 1]
        wording += instead[after : asked[at].start]
        wording += code or _as_typed(asked[at], left) or seen.written(asked, at, instead, wording)
        at, after = at + size, last.end
    return wording + instead[after:]


def _texts(hit: Hit) -> tuple[str, str]:
    return hit.title, hit.snippet


def _as_typed(word: Word, left: list[tuple[Word, str]]) -> str:
    """The word as it was typed; each that was typed stands for one of those that were asked."""
    for form in ("exact", "folded"):
        for own in left:
            if getattr(own[0], form) == word.exact:
                left.remove(own)
                return own[1]
    return ""


class _Seen:
    """How the texts of the hits write each word."""

    def __init__(self, found: Sequence[tuple[str, list[Word]]]) -> None:
        self._written: dict[str, Counter[str]] = defaultdict(Counter)
        self._after: Counter[tuple[str, str]] = Counter()  # a word and the one before it
        for text, written in found:
            texts = [text[word.start : word.end].lower() for word in written]
            for word, shown in zip(written, texts, strict=True):
                self._written[word.folded][shown] += 1
            self._after.update(pairwise(texts))

    def written(self, asked: Sequence[Word], at: int, instead: str, told: str) -> str:
        """As it is written most between ``told`` and the next word; else as it was asked."""
        word = asked[at]
        shown = instead[word.start : word.end]
        marked = word.exact != word.folded
        before = words(told)[-1:]
        last = told[before[0].start : before[0].end].lower() if before else ""
        after = asked[at + 1].folded if at + 1 < len(asked) else ""

        def likely(text: str) -> tuple[int, ...]:
            alike = sum(map(str.__eq__, text, shown))
            beside = self._beside(last, text, after)
            count = self._written[word.folded][text]
            return (alike if marked else 0, beside, text == shown, alike, count)

        return max(self._written[word.folded], key=likely, default=shown)

    def _beside(self, last: str, text: str, after: str) -> int:
        following = sum(
            count
            for (first, second), count in self._after.items()
            if first == text and after and fold(second) == after
        )
        return self._after[last, text] + following


def _as_code(
    asked: Sequence[Word], instead: str, codes: Sequence[tuple[str, list[Word]]]
) -> tuple[int, str]:
    """How many of the words are one number or code of a text with signs in it, and it."""
    run = [asked[0]]
    for word in asked[1:_LONGEST_CODE]:
        if instead[run[-1].end : word.start].strip():  # a phrase ends here
            break
        run.append(word)
    for size in range(len(run), 1, -1):
        folded = [word.folded for word in run[:size]]
        if any(letter.isdecimal() for word in folded for letter in word):
            for text, written in codes:
                if code := _standing(folded, text, written):
                    return size, code
    return 1, ""


def _standing(folded: list[str], text: str, written: Sequence[Word]) -> str:
    """The words where they stand in the text one after another, with signs and no spaces."""
    for at in range(len(written) - len(folded) + 1):
        part = written[at : at + len(folded)]
        code = text[part[0].start : part[-1].end]
        if [word.folded for word in part] == folded and not any(map(str.isspace, code)):
            return code
    return ""
