"""Draws words, names, numbers and days for the texts: what stands first in a list comes often."""

import datetime as dt
import string
from collections.abc import Mapping, Sequence
from itertools import accumulate, product
from random import Random
from typing import Any

from archive_service.bench.search_quality.texts import load

_PLACES = 300
_SLOTS = string.Formatter()


class Wording:
    """Fills the slots of a text, each time by lot."""

    def __init__(self, random: Random, first_year: int, last_year: int) -> None:
        self._random = random
        self._years = (first_year, last_year)
        self._names = load("names")
        self._words = load("common")
        self._labels = load("labels")
        places = [
            " ".join(pair)
            for pair in product(self._names["place_first"], self._names["place_second"])
        ]
        self.places: list[str] = random.sample(places, _PLACES)
        self._heaped: dict[int, list[float]] = {}

    def often(self, things: Sequence[Any]) -> Any:
        """One of them by Zipf's law: the second half as often as the first, and so on."""
        heaped = self._heaped.get(len(things))
        if heaped is None:
            heaped = list(accumulate(1 / rank for rank in range(2, len(things) + 2)))
            self._heaped[len(things)] = heaped
        return self._random.choices(things, cum_weights=heaped)[0]

    def person(self) -> str:
        """A surname, a middle name and a name."""
        choice = self._random.choice
        parts = (self.often(self._names["surname"]), choice(self._names["middle"]))
        return " ".join((*parts, choice(self._names["given"])))

    def day(self) -> dt.date:
        """Any day of the archive's years."""
        first, last = self._years
        return dt.date(self._random.randint(first, last), 1, 1) + dt.timedelta(
            days=self._random.randrange(365)
        )

    def fill(self, text: str, given: Mapping[str, str]) -> str:
        """The text with its slots filled: by what is given, else by lot."""
        parts = []
        for literal, slot, form, _ in _SLOTS.parse(text):
            parts.append(literal)
            if slot is not None:
                found = given[slot] if slot in given else self._drawn(slot)
                parts.append(format(found, form or ""))
        return "".join(parts)

    def _drawn(self, slot: str) -> str:
        random = self._random
        if slot in ("task", "thing", "quality", "reason"):
            return str(self.often(self._words[slot]))
        if slot in ("amount", "percent", "cited"):
            return self.fill(random.choice(self._labels[slot]), self._numbers())
        match slot:
            case "unit":
                return str(self.often(self._names["unit"]))
            case "place":
                return str(self.often(self.places))
            case "person":
                return self.person()
            case "agency":
                return self._agency()
            case "day":
                return spelled(self.day(), random)
            case "year":
                return str(self.day().year)
            case "month":
                return str(random.randint(1, 12))
            case "count":
                return str(int(10 ** random.uniform(1, 3.4)))
            case _:
                return str(random.randint(2, 19))

    def _agency(self) -> str:
        name = str(self.often(self._names["agency"])[0])
        for long, short in self._labels["short"]:
            if long in name and self._random.random() < 0.4:
                return name.replace(long, short)
        return name

    def _numbers(self) -> dict[str, str]:
        number = int(10 ** self._random.uniform(2, 4))
        plain, dotted = str(number), f"{number:,}".replace(",", ".")
        share = self._random.randint(1, 99), self._random.randint(1, 9)
        return {"plain": plain, "dotted": dotted, "whole": str(share[0]), "part": str(share[1])}


def spelled(day: dt.date, random: Random) -> str:
    """A day as one or another writes it."""
    form: str = random.choice(load("labels")["day"])
    return form.format(day=day.day, month=day.month, year=day.year)
