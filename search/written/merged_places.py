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
from search.written.personal_names import surnames


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
    is_city: bool  # else a province
    is_long: bool  # what stands for it is long enough to be no other words


_Runs = tuple[tuple[Word, ...], ...]


@dataclass(frozen=True, slots=True)
class _Listed:
    """The names, what stands before them and before others, and what is or may be none of them."""

    names: tuple[_Name, ...]
    levels: _Runs
    elsewhere: _Runs
    words: _Runs
    longer: _Runs
    between: _Runs


@cache
def _listed() -> _Listed:
    listed = tomllib.loads((CONFIG / "search" / "merged_places.toml").read_text(encoding="utf-8"))
    old_level = listed["levels"][0]
    names = (name for group in listed["merged"] for name in _names_of(group, old_level))
    runs = {
        of: tuple(tuple(words(nfc(each))) for each in listed[of])
        for of in ("levels", "elsewhere", "words", "longer", "between")
    }
    return _Listed(tuple(names), **runs)


def _names_of(group: dict[str, Any], old_level: str) -> Iterator[_Name]:
    new = group["into"]
    levelled = f"{group.get('level', '')} {new}".strip()
    for old in group["from"]:
        pair = (old, new, group["since"])
        is_long = levelled == new
        typed = tuple(words(nfc(old)))
        yield _Name(typed, new, levelled, pair, is_old=True, is_city=False, is_long=is_long)
        for way in (new, *group.get("also", ())):
            typed, whole = tuple(words(nfc(way))), f"{old_level} {old}"
            is_city = group.get("level") != old_level
            yield _Name(typed, old, whole, pair, is_old=False, is_city=is_city, is_long=False)


def renamed(text: str) -> Iterator[Renamed]:
    """The text in NFC with the other names of the first place in it that has some.

    Nothing of a place of which both names are there.
    """
    found = words(text)
    listed = _listed()
    here = {word.exact for word in found}
    near = (it for it in listed.names if not here.isdisjoint(it.typed[-1][:2]))
    places = {it: _place(found, it.typed) for it in near}
    standing = {it: at for it, at in places.items() if at is not None}
    olds, news = ({it.pair for it in standing if it.is_old is old} for old in (True, False))
    first = min(standing.values(), default=None)
    for name, at in standing.items():
        if at != first or name.pair in olds & news:
            continue
        level = next((it for it in listed.levels if _ends_with(found[:at], it)), ())
        if _is_another(text, found, at, name, level):
            continue
        begin, end = found[at - len(level)].start, found[at + len(name.typed) - 1].end
        other = name.levelled if level else name.other
        quote = "" if name.is_long or text[:begin].count('"') % 2 else '"'
        renamed_text = f"{text[:begin]}{quote}{other}{quote}{text[end:]}"
        yield Renamed(renamed_text, other, *name.pair)


def _is_another(
    text: str, found: Sequence[Word], at: int, name: _Name, level: Sequence[Word]
) -> bool:
    """Whether a smaller place, a person or mere words have the name, by what stands around it."""
    listed = _listed()
    if any(_place(found[at:], it) == 0 for it in listed.longer):
        return True
    if level:
        return name.is_city is (tuple(level) == listed.levels[0])
    before, run = found[:at], found[at : at + len(name.typed)]
    large = [text[word.start].isupper() for word in run]
    return (
        any(_ends_with(before, it) for it in listed.elsewhere)
        or (name.typed in listed.words and not all(large))
        or _is_person(text, before, large=large[0])
    )


def _is_person(text: str, before: Sequence[Word], *, large: bool) -> bool:
    """Whether a surname stands before it, as large or small as the name itself."""
    if any(_ends_with(before, it) for it in _listed().between):
        before = before[:-1]
    return bool(
        before and before[-1].exact in surnames() and text[before[-1].start].isupper() is large
    )


def _ends_with(found: Sequence[Word], run: Sequence[Word]) -> bool:
    return len(found) >= len(run) and _place(found[len(found) - len(run) :], run) == 0


def _place(found: Sequence[Word], name: Sequence[Word]) -> int | None:
    """Where the name begins among the words, each with all its marks or with none."""
    for at in range(len(found) - len(name) + 1):
        run = found[at : at + len(name)]
        if all(it.exact in (of.exact, of.folded) for it, of in zip(run, name, strict=True)):
            return at
    return None
