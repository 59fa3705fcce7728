"""Words whose marks were lost to copying: which other marks the language speaks for.

A proposal, never a fact: what was read stays, and a person takes it or does not. A search typed
with marks or without finds the word either way, since search folds them.

The counts come from the Vietnamese texts that the product ships, from the page's own words that
were read best, and from what is known of its case file. Fitted on old pages drawn by lot; on
others, of ten kinds with 196 misread doubtful words, it made 98 proposals: 52 the right word, 61
with the right one among the first three, 10 where the word had been read right.
"""

import math
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from statistics import median
from typing import Any

from archive_service import shipped
from archive_service.text import fold, nfc
from digitize.ocr.syllables import is_syllable
from digitize.ocr.word_list import bare
from digitize.ocr.words import PageReading

MARKED_PAGE = 0.25  # share of words with a mark; on a page typed without marks none is lost
_OWN = 5  # what the page itself and its case file say counts so often as a shipped text
_UNSEEN = 0.02  # of a word that was never counted
_BY_ITSELF = 8.0  # how much a word's own count weighs beside those of its neighbours
_BETTER = 2.0  # in natural logarithms, by which a proposal must be likelier than what was read
_IMPOSSIBLE = -3.0  # the same where what was read is no syllable
_RUNS = re.compile(r"[^\W\d_]+|[.,;:()|\n]")
_FACT = re.compile(r"\{[^}]*\}")  # its place in a shipped text parts the words around it


class Language:
    """Counts of syllables, and of pairs that follow each other; small letters, with marks."""

    def __init__(self) -> None:
        self.words: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()

    def add(self, text: str, *, times: int = 1) -> None:
        """Count the words of a text."""
        self.add_words(_RUNS.findall(nfc(text).casefold()), times=times)

    def add_words(self, words: Iterable[str], *, times: int = 1) -> None:
        """Count words that follow each other; what is no syllable parts them."""
        before = ""
        for word in words:
            if not is_syllable(word):
                before = ""
                continue
            self.words[word] += times
            if before:
                self.pairs[before, word] += times
            before = word


def lost_marks(
    reading: PageReading, known: Iterable[str] = (), *, sure: float = 100.0
) -> dict[int, tuple[str, ...]]:
    """Other marks that a page's words may have had: by the word's number, likeliest first, bare.

    Only of words that are likelier so, by far, between the words beside them.

    Args:
        known: texts about the page, such as its case file's title.
        sure: from this confidence, 0 to 100, on a word that can be one is as it was read.
    """
    words = list(reading.iter_words())
    read = [bare(word.text) for word in words]
    letters = [one for one in read if one.isalpha()]
    if not letters or sum(fold(letter) != letter for letter in letters) < MARKED_PAGE * len(
        letters
    ):
        return {}
    own = Language()
    well = median(word.confidence for word in words)
    own.add_words(
        (
            one if word.confidence >= well and word.possible else ""
            for one, word in zip(read, words, strict=True)
        ),
        times=_OWN,
    )
    for text in known:
        own.add(text, times=_OWN)
    open_to = [
        one.isalpha() and (word.confidence < sure or not word.possible)
        for one, word in zip(read, words, strict=True)
    ]
    return _Page(own).likelier(read, open_to)


class _Page:
    """The shipped language with what one page adds to it."""

    def __init__(self, own: Language) -> None:
        self._own, self._shipped = own, shipped_language()
        self._alike = shipped_alike()
        self._total = sum(self._shipped.words.values())
        self._own_alike: dict[str, list[str]] = defaultdict(list)
        for word in own.words:
            self._own_alike[fold(word)].append(word)

    def likelier(self, read: Sequence[str], open_to: Sequence[bool]) -> dict[int, tuple[str, ...]]:
        """By place the words that stand there on the likeliest way through the page.

        The first is the one of that way; the others, likelier than what was read too, follow.
        """
        choices = [
            [text, *(self._others(text) if free else ())]
            for text, free in zip(read, open_to, strict=True)
        ]
        way = self._way(read, choices)
        found = {}
        for at, (word, chosen) in enumerate(zip(read, way, strict=True)):
            if word == chosen:
                continue
            before, after = ["", *way][at], [*way, ""][at + 1]
            scored = {choice: self._between(before, choice, after) for choice in choices[at]}
            least = scored[word]
            rest = (choice for choice in choices[at] if scored[choice] > least and choice != chosen)
            found[at] = (chosen, *sorted(rest, key=lambda spelling: -scored[spelling]))
        return found

    def _others(self, word: str) -> list[str]:
        plain = fold(word)
        return sorted({*self._alike.get(plain, ()), *self._own_alike.get(plain, ())} - {word})

    def _way(self, read: Sequence[str], choices: Sequence[Sequence[str]]) -> list[str]:
        """The likeliest words one after the other, what was read before others of its letters."""
        scores: dict[str, float] = {"": 0.0}
        back: list[dict[str, str]] = []
        for word, maybe in zip(read, choices, strict=True):
            here: dict[str, float] = {}
            origin: dict[str, str] = {}
            for spelling in maybe:
                ways = (
                    (score + self._behind(left, spelling), left) for left, score in scores.items()
                )
                here[spelling], origin[spelling] = max(ways)
            if len(maybe) > 1:
                here[word] += _BETTER if is_syllable(word) else _IMPOSSIBLE
            scores, back = here, [*back, origin]
        way = [max(scores, key=lambda spelling: scores[spelling])]
        for origin in reversed(back[1:]):
            way.append(origin[way[-1]])
        return way[::-1]

    def _between(self, before: str, word: str, after: str) -> float:
        return self._behind(before, word) + (self._behind(word, after) if after else 0.0)

    def _behind(self, before: str, word: str) -> float:
        """Logarithm of how likely the word is there."""
        alone = (self._count(word) + _UNSEEN) / self._total
        if not before:
            return math.log(alone)
        pair = self._shipped.pairs[before, word] + self._own.pairs[before, word]
        return math.log((pair + _BY_ITSELF * alone) / (self._count(before) + _BY_ITSELF))

    def _count(self, word: str) -> int:
        return self._shipped.words[word] + self._own.words[word]


@lru_cache(maxsize=1)
def shipped_language() -> Language:
    """Of every Vietnamese text in ``config/``: messages, code lists, schedules, names."""
    language = Language()
    for path in sorted(shipped.CONFIG.rglob("*.toml")):
        if "en" not in path.relative_to(shipped.CONFIG).parts:
            for text in _texts(tomllib.loads(path.read_text(encoding="utf-8"))):
                language.add(_FACT.sub("|", text))
    for path in sorted(shipped.CONFIG.rglob("*.csv")):
        language.add(path.read_text(encoding="utf-8"))
    return language


@lru_cache(maxsize=1)
def shipped_alike() -> dict[str, Sequence[str]]:
    """By its letters without marks, every counted word."""
    found: dict[str, list[str]] = defaultdict(list)
    for word in shipped_language().words:
        found[fold(word)].append(word)
    return dict(found)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
