"""Draws queries of every class, each with everything that is right for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from archive_service.bench.search_quality.classes import CLASSES, QueryClass
from archive_service.bench.search_quality.draw import Draw, Half
from archive_service.bench.search_quality.papers import Case, Paper
from archive_service.bench.search_quality.shelf import Key, Shelf

_SEEDS: dict[Half, int] = {"tune": 1, "gate": 2026}
_TRIES = 300  # for each query that is wanted


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it is typed, and the hits that are right for it."""

    of: QueryClass
    text: str
    right: frozenset[Key]


def draw_queries(cases: Sequence[Case], half: Half, each: int) -> Iterator[Asked]:
    """So many of each class, fewer where the archive is too small for them.

    The halves have other case files: the tuning one those of odd numbers.
    """
    shelf = Shelf(cases)
    papers = [
        paper for case in cases if case.number % 2 == (half == "tune") for paper in case.papers
    ]
    for number, of in enumerate(CLASSES):
        yield from _of_class(of, shelf, papers, half, each, Random(1000 * _SEEDS[half] + number))


def _of_class(
    of: QueryClass, shelf: Shelf, papers: Sequence[Paper], half: Half, each: int, random: Random
) -> Iterator[Asked]:
    found: dict[str, Asked] = {}
    allowed = [paper for paper in papers if paper.spoilt == of.spoilt]
    for _ in range(_TRIES * each):
        if len(found) == each:
            break
        draw = Draw(shelf, random, random.choice(allowed), half, len(found))
        made = of.make(draw)
        if made is None:
            continue
        text, right = made
        sound = of.spoilt or not any(record.spoilt for record in right)
        if text not in found and 0 < len(right) <= of.most and sound:
            found[text] = Asked(of, text, frozenset(record.key for record in right))
    yield from found.values()
