"""Abbreviations of administrative Vietnamese, read both ways; an archive may add its own."""

import tomllib
from functools import cache

from archive_service.law import CONFIG
from archive_service.text import nfc
from search.words import words

Short = dict[str, tuple[tuple[str, ...], ...]]
Long = dict[tuple[str, ...], tuple[str, tuple[str, ...]]]


@cache
def abbreviations() -> tuple[Short, Long]:
    """Short → what it stands for without marks, and back to it and to the words with marks."""
    short: Short = {}
    long: Long = {}
    groups = tomllib.loads((CONFIG / "search" / "abbreviations.toml").read_text(encoding="utf-8"))
    for name, meanings in ((name, m) for group in groups.values() for name, m in group.items()):
        (folded,) = (word.folded for word in words(nfc(name)))
        for meaning in meanings:
            found = words(nfc(meaning))
            meant = tuple(word.folded for word in found)
            short[folded] = (*short.get(folded, ()), meant)
            long[meant] = folded, tuple(word.exact for word in found)
    return short, long
