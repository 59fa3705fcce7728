"""Places under the names that they had before and have since they were merged."""

import datetime as dt
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from archive_service.law import CONFIG
from archive_service.text import nfc
from search.words import Word, words


@dataclass(frozen=True, slots=True)
class Renamed:
    """A query with the other name of a place; ``old`` belongs to ``new`` since that day.

    A ``name`` that stands there in quotes is meant with just its marks: Hà Nam is no «ha năm».
    """

    text: str
    name: str
    old: str
    new: str
    since: dt.date


@dataclass(frozen=True, slots=True)
class _Name:
    """A name as it may be typed, and what stands for it in its place, without and with a level."""

    typed: tuple[Word, ...]
    other: str
    levelled: str
    pair: tuple[str, str, dt.date]
    is_old: bool
    is_long: bool  # what stands for it is long enough to be no other words


@cache
def _listed() -> tuple[tuple[tuple[Word, ...], ...], tuple[_Name, ...]]:
    """What may stand before a name, and the names."""
    listed = tomllib.loads((CONFIG / "search" / "merged_places.toml").read_text(encoding="utf-8"))
    levels = listed["levels"]
    names = (name for group in listed["merged"] for name in _names_of(group, levels[0]))
    return tuple(tuple(words(nfc(level))) for level in levels), tuple(names)


def _names_of(group: dict[str, Any], old_level: str) -> Iterator[_Name]:
    new = group["into"]
    levelled = f"{group.get('level', '')} {new}".strip()
    for old in group["from"]:
        pair = (old, new, group["since"])
        is_long = levelled == new
        yield _Name(tuple(words(nfc(old))), new, levelled, pair, is_old=True, is_long=is_long)
        for way in (new, *group.get("also", ())):
            typed, whole = tuple(words(nfc(way))), f"{old_level} {old}"
            yield _Name(typed, old, whole, pair, is_old=False, is_long=False)


def renamed(text: str) -> Iterator[Renamed]:
    """The text in NFC with the other names of the first place in it that has some.

    Nothing of a place of which both names are there, or that is left out.
    """
    found = words(text)
    levels, names = _listed()
    here = {word.exact for word in found}
    near = (it for it in names if not here.isdisjoint(it.typed[-1][:2]))
    places = {it: _place(found, it.typed) for it in near}
    standing = {it: at for it, at in places.items() if at is not None}
    olds, news = ({it.pair for it in standing if it.is_old is old} for old in (True, False))
    first = min(standing.values(), default=None)
    for name, at in standing.items():
        if at != first or name.pair in olds & news or _is_left_out(text, found[at].start):
            continue
        level = next((it for it in levels if _place(found[max(0, at - len(it)) : at], it) == 0), ())
        begin, end = found[at - len(level)].start, found[at + len(name.typed) - 1].end
        other = name.levelled if level else name.other
        quote = "" if name.is_long or text[:begin].count('"') % 2 else '"'
        renamed_text = f"{text[:begin]}{quote}{other}{quote}{text[end:]}"
        yield Renamed(renamed_text, other, *name.pair)


def _place(found: Sequence[Word], name: Sequence[Word]) -> int | None:
    """Where the name begins among the words, each with all its marks or with none."""
    for at in range(len(found) - len(name) + 1):
        run = found[at : at + len(name)]
        if all(it.exact in (of.exact, of.folded) for it, of in zip(run, name, strict=True)):
            return at
    return None


def _is_left_out(text: str, start: int) -> bool:
    return text[:start].endswith(("-", "NOT ", "NOT"))
