"""Abbreviations of administrative Vietnamese, read both ways; an archive may add its own."""

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache

from archive_service.law import CONFIG
from archive_service.text import nfc
from search.words import words

Short = dict[str, tuple[tuple[str, ...], ...]]
Long = dict[tuple[str, ...], tuple[tuple[str, ...], tuple[str, ...]]]


# Of units, which are words as well and stand for nothing else where they are typed, and of what
# papers call by one name alone.
_ONE_WAY = ("units", "everyday")
_SHORT_ALONE = ("places", "typed")
_JOINED = "joined"


@cache
def _listed() -> dict[str, dict[str, list[str]]]:
    path = CONFIG / "search" / "abbreviations.toml"
    listed: dict[str, dict[str, list[str]]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return listed


@cache
def joined_words() -> frozenset[tuple[str, ...]]:
    """Words without marks whose last syllable is no word of its own: ``trụ sở``."""
    whole = (word for group in _listed()[_JOINED].values() for word in group)
    return frozenset(tuple(it.folded for it in words(nfc(each))) for each in whole)


@cache
def abbreviations() -> tuple[Short, Long]:
    """Short → what it stands for without marks, and back to it and to the words with marks."""
    short: Short = {}
    long: Long = {}
    groups = (pair for pair in _listed().items() if pair[0] != _JOINED)
    pairs = ((of, *pair) for of, group in groups for pair in group.items())
    for group, name, meanings in pairs:
        parts = tuple(word.folded for word in words(nfc(name)))  # two of V/v
        folded = "".join(parts)
        for meaning in meanings:
            found = words(nfc(meaning))
            meant = tuple(word.folded for word in found)
            if group not in _ONE_WAY:
                forms = (parts, meant) if len(parts) > 1 else (meant,)
                short[folded] = (*short.get(folded, ()), *forms)
            if group not in _SHORT_ALONE:
                long[meant] = parts, tuple(word.exact for word in found)
    return short, long


def written_otherwise(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Words without marks with one abbreviation among them in full, or one of them short."""
    short, long = abbreviations()
    if len(words) > 1:
        yield from short.get("".join(words), ())
    for at, word in enumerate(words):
        for meaning in short.get(word, ()):
            yield (*words[:at], *meaning, *words[at + 1 :])
        for end in range(at + 2, len(words) + 1):
            if (meant := tuple(words[at:end])) in long:
                yield (*words[:at], *long[meant][0], *words[end:])
