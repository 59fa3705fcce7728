"""Queries whose mistake does not show by itself: few words, another word, one wrong digit."""

import re
from collections.abc import Callable
from random import Random

from archive_service.bench.search_quality import mistakes
from archive_service.bench.search_quality.draw import Draw, Made, Maker
from archive_service.bench.search_quality.shelf import Form, bare, marked
from archive_service.text import fold

Change = Callable[[str, Random], str]

_TRIES = 40
_DIGIT = re.compile(r"\d")


def few_words(change: Change, form: Form = marked) -> Maker:
    """Two or three words that follow each other, one of them changed."""

    def make(draw: Draw) -> Made | None:
        target = draw.run(form, least=2, most=3)
        if target is None:
            return None
        at = draw.random.randrange(len(target.words))
        new = change(target.words[at], draw.random)
        if new == target.words[at] or not new:
            return None
        typed = [*target.words[:at], new, *target.words[at + 1 :]]
        return " ".join(typed), target.right

    return make


def another_word(least: int, most: int) -> Maker:
    """Words that follow each other, one of them by a slip another word of the archive."""

    def make(draw: Draw) -> Made | None:
        target = draw.run(bare if draw.turn % 2 else marked, least=least, most=most)
        if target is None:
            return None
        at = draw.random.randrange(len(target.words))
        meant = target.words[at]
        for _ in range(_TRIES):
            new = mistakes.slip(meant, draw.random)
            if fold(new) != fold(meant) and draw.shelf.holders(fold(new), bare):
                typed = [*target.words[:at], new, *target.words[at + 1 :]]
                return " ".join(typed), target.right
        return None

    return make


def code_digit(draw: Draw) -> Made | None:
    """A case file's code with one digit that is another, as no code is."""
    record = next(it for it in draw.shelf.records if it.paper is draw.paper)
    typed = _other_digit(record.case.code, draw.random)
    if any(it.case.code == typed for it in draw.shelf.records):
        return None
    return typed, [it for it in draw.shelf.records if it.case is record.case and it.paper is None]


def number_digit(draw: Draw) -> Made | None:
    """A document's number with one digit that is another, as no number is."""
    typed = _other_digit(draw.paper.number, draw.random)
    papers = [it for it in draw.shelf.records if it.paper]
    if any(it.paper and it.paper.number == typed for it in papers):
        return None
    return typed, [it for it in papers if it.paper and it.paper.number == draw.paper.number]


def day_digit(draw: Draw) -> Made | None:
    """Some words of a page beside the document's day, one digit of which is another."""
    on, words = draw.paper.on, draw.beside(())
    if words is None:
        return None
    day = f"{on.day:02}/{on.month:02}/{on.year}"
    typed = _other_digit(day, draw.random)
    on_day = {record.key for record in draw.shelf.on_day(on)}
    right = [record for record in words.right if record.key in on_day]
    return f"{' '.join(words.words)} {typed}", right


def _other_digit(text: str, random: Random) -> str:
    at = random.choice([found.start() for found in _DIGIT.finditer(text)])
    other = random.choice([digit for digit in "0123456789" if digit != text[at]])
    return text[:at] + other + text[at + 1 :]
