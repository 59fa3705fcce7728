"""Queries with one mistake: in a word that becomes another word, in a code, a day or an amount."""

from collections.abc import Callable, Sequence
from random import Random

from archive_service.bench.search_quality import mistakes
from archive_service.bench.search_quality.draw import Draw, Made, Maker
from archive_service.bench.search_quality.shelf import marked
from archive_service.bench.search_quality.texts import load

Change = Callable[[str, Random], str]


def in_a_word(change: Change, *, least: int = 2) -> Maker:
    """A run of words with one of them changed."""

    def make(draw: Draw) -> Made | None:
        target = draw.run(marked)
        if target is None:
            return None
        typed = _changed(target.words, change, draw.random, least)
        return None if typed is None else (" ".join(typed), target.right)

    return make


def in_the_title(change: Change) -> Maker:
    """A whole title with one of its words changed."""

    def make(draw: Draw) -> Made | None:
        words = marked(draw.paper.title)
        typed = _changed(words, change, draw.random, 3)
        return None if typed is None else (" ".join(typed), draw.shelf.with_run(words, marked))

    return make


def confused(name: str, at: str) -> Change:
    """A beginning, an end or a letter for another of the pairs of this name."""

    def change(word: str, random: Random) -> str:
        pairs: list[list[str]] = load("queries")[name]
        return mistakes.confused(word, pairs, at, random)

    return change


def joined(draw: Draw) -> Made | None:
    """Three words typed as one."""
    target = draw.run(marked)
    if target is None:
        return None
    words = target.words
    at = draw.random.randrange(len(words) - 2)
    return " ".join([*words[:at], "".join(words[at : at + 3]), *words[at + 3 :]]), target.right


def torn(draw: Draw) -> Made | None:
    """A space inside any word, short ones too."""
    target = draw.run(marked)
    words = target.words if target else ()
    places = [at for at, word in enumerate(words) if len(word) > 2]
    if target is None or not places:
        return None
    at = draw.random.choice(places)
    cut = draw.random.randint(1, len(words[at]) - 1)
    return " ".join([*words[:at], words[at][:cut], words[at][cut:], *words[at + 1 :]]), target.right


def with_word(name: str) -> Maker:
    """A run of words with one too much: any of those of this name."""

    def make(draw: Draw) -> Made | None:
        target = draw.run(marked)
        if target is None:
            return None
        at = draw.random.randint(1, len(target.words) - 1)
        added = draw.random.choice(load("queries")[name].split())
        return " ".join([*target.words[:at], added, *target.words[at:]]), target.right

    return make


def number_amiss(draw: Draw) -> Made | None:
    """A document's number with a slip in its letters or signs, a space or a year too much."""
    number, random = draw.paper.number, draw.random
    ordinal, _, symbol = number.partition("/")
    ways = (
        lambda: _swapped(number, random),
        lambda: _doubled(number, random),
        lambda: number.replace("/", "").replace("-", ""),
        lambda: f"{ordinal}/{draw.paper.on.year}/{symbol}",
        lambda: f"{ordinal}/{symbol[:1]} {symbol[1:]}",
        lambda: f"{ordinal[:1]} {ordinal[1:]}/{symbol}",
    )
    typed = ways[draw.turn % len(ways)]()
    right = [it for it in draw.shelf.records if it.paper and it.paper.number == number]
    return None if typed in _numbers(draw) else (typed, right)


def code_amiss(draw: Draw) -> Made | None:
    """A case file's code with a slip, or without signs."""
    record = next(it for it in draw.shelf.records if it.paper is draw.paper)
    code, random = record.case.code, draw.random
    at = random.choice([place for place, sign in enumerate(code) if sign == "."])
    ways = (
        lambda: _swapped(code, random),
        lambda: _doubled(code, random),
        lambda: code.replace(".", ""),
        lambda: code[:at] + code[at + 1 :],
        lambda: code[1:],
        lambda: f"{random.choice('ABEGKLX')}{code[1:]}",
    )
    typed = ways[draw.turn % len(ways)]()
    right = [it for it in draw.shelf.records if it.case.code == code]
    return None if typed == code else (typed, right)


def day_amiss(draw: Draw) -> Made | None:
    """A day as no paper writes it."""
    forms: list[str] = load("queries")["day_amiss"]
    on, form = draw.paper.on, forms[draw.turn % len(forms)]
    if "O{month}" in form and on.month > 9:
        return None
    return form.format(day=on.day, month=on.month, year=on.year), draw.shelf.on_day(on)


def day_slip(draw: Draw) -> Made | None:
    """A sign of a day typed twice, or a sign of the calendar that is not there."""
    on = draw.paper.on
    typed = _doubled(f"{on.day:02}/{on.month:02}/{on.year}", draw.random)
    return typed, draw.shelf.on_day(on)


def _changed(words: Sequence[str], change: Change, random: Random, least: int) -> list[str] | None:
    """One word changed, of those that have so many letters and that the change changes."""
    places = [at for at, word in enumerate(words) if len(word) >= least and word.isalpha()]
    random.shuffle(places)
    for at in places:
        new = change(words[at], random)
        if new != words[at]:
            return [*words[:at], new, *words[at + 1 :]]
    return None


def _swapped(text: str, random: Random) -> str:
    at = random.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _doubled(text: str, random: Random) -> str:
    at = random.randrange(len(text))
    return text[:at] + text[at] + text[at:]


def _numbers(draw: Draw) -> set[str]:
    return {record.paper.number for record in draw.shelf.records if record.paper}
