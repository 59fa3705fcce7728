"""A target drawn by lot for a query: a paper, a stretch of its words, and what else is right."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from archive_service.bench.search_quality.papers import Paper
from archive_service.bench.search_quality.shelf import Form, Record, Shelf, bare, marked

Half = Literal["tune", "gate"]
_PART = re.compile(r"[.,;:()\n]")
_OFTEN = 0.4  # a word in more of the records than this says nothing of one


@dataclass(frozen=True, slots=True)
class Target:
    """The words as they are meant, and every record that is right for them."""

    words: tuple[str, ...]
    right: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """One try at a query of a paper."""

    shelf: Shelf
    random: Random
    paper: Paper
    half: Half
    turn: int  # of the queries of the class so far

    def run(self, form: Form = marked, *, least: int = 4, most: int = 6) -> Target | None:
        """Words that follow each other in the title or on a page, none of them a figure."""
        text = self.random.choice((self.paper.title, *self.paper.pages, *self.paper.pages))
        stretch = self._stretch(text, form)
        count = self.random.randint(least, most)
        if len(stretch) < count:
            return None
        at = self.random.randrange(len(stretch) - count + 1)
        words = tuple(stretch[at : at + count])
        return Target(words, tuple(self.shelf.with_run(words, form)))

    def scattered(self, form: Form = marked, count: int = 5) -> Target | None:
        """Words from here and there on a page."""
        words = self.some(self.random.choice(self.paper.pages), form, count)
        return Target(words, tuple(self.shelf.on_a_page(words, form))) if words else None

    def some(self, text: str, form: Form, count: int) -> tuple[str, ...]:
        """Different words of a text that tell something; none if it has too few."""
        often = _OFTEN * len(self.shelf.records)
        known = [
            word
            for word in dict.fromkeys(form(text))
            if word.isalpha() and len(word) > 1 and self.shelf.holders(word, form) < often
        ]
        return tuple(self.random.sample(known, count)) if len(known) >= count else ()

    def two_pages(self) -> Target | None:
        """Words of two pages, which no page has all of."""
        if len(self.paper.pages) < 2:
            return None
        pages = self.random.sample(self.paper.pages, 2)
        parts = [self.some(page, marked, 3) for page in pages]
        words = (*parts[0], *parts[1])
        if not all(parts) or len(set(words)) < 6 or self.shelf.on_a_page(words, marked):
            return None
        return Target(words, tuple(self.shelf.anywhere(words, marked)))

    def beside(self, more: Sequence[str], form: Form = marked, count: int = 3) -> Target | None:
        """Some words of a page together with words of the data."""
        words = self.some(self.random.choice(self.paper.pages), form, count)
        if not words:
            return None
        return Target(words, tuple(self.shelf.anywhere((*words, *more), form)))

    def _stretch(self, text: str, form: Form) -> list[str]:
        parts = [form(part) for part in _PART.split(text)]
        return [word for word in self.random.choice(parts) if not any(map(str.isdigit, word))]


Made = tuple[str, Sequence[Record]]  # what is typed, and what is right
Maker = Callable[[Draw], Made | None]


def unmarked(words: Sequence[str]) -> list[str]:
    """The words without marks."""
    return bare(" ".join(words))
