"""The mark of a state secret in the words of a file, whatever its format; read in a child."""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import cast

from archive_service import law
from archive_service.formats.file_lines import lines_here
from archive_service.formats.identify import Identification
from archive_service.text import fold, nfc

MOST_LINES = 200_000


def read_mark_here(path: Path, found: Identification) -> str:
    """The highest mark in the words of a file; empty where there is none, or no words.

    In this very process; never raises for what is in the file, except that it is too much.
    """
    try:
        return mark_in(lines_here(path, found.media_type, found.extension))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, RuntimeError):
        return ""


def mark_in(lines: Iterable[str]) -> str:
    """The highest mark that stands alone on a line, in capitals (NĐ 30/2020 PL I, cell 10a).

    Words of running text (bảo mật, bí mật) that are broken off at a line are none.
    """
    seen: set[str] = set()
    before = ""
    for line in _some(lines):
        level = mark_of(line)
        if level and _last_word(before) not in _leading_words():
            seen.add(level)
        before = line if line.strip() else before
    return next((level for level in _levels() if level in seen), "")


def mark_of(line: str) -> str:
    """The level that one line says, and nothing else but what stands beside it on paper."""
    words = " ".join(nfc(line).split())
    if not words or len(words) > 200:
        return ""
    if told := _pattern("field").match(words):
        return _bare(told[1].upper())
    if told := _pattern("after-symbol").match(words):
        return _bare(told[1])
    if level := _bare(_pattern("beside").sub("", words)):
        return level
    for level in _levels():
        if words.startswith(f"{level} ") and _pattern("head-of-page").search(fold(words)):
            return level
    return ""


def _bare(words: str) -> str:
    """The level, where these words are it: letters may be spaced, signs stand around them."""
    if any(sign.isdigit() for sign in words):
        return ""
    letters = "".join(sign for sign in words if sign.isalpha())
    for level in _levels():
        if letters in _spellings()[level]:
            return level
    return ""


def _some(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number >= MOST_LINES:
            return
        yield line


def _last_word(line: str) -> str:
    return "".join(filter(str.isalpha, fold(line).rpartition(" ")[2]))


@lru_cache(maxsize=1)
def _levels() -> tuple[str, ...]:
    """From the highest to the lowest, in capitals."""
    return tuple(str(mark).upper() for mark in reversed(_words("secrecy")))


@lru_cache(maxsize=1)
def _leading_words() -> frozenset[str]:
    return frozenset(
        "".join(filter(str.isalpha, fold(str(one)))) for one in _words("secret-compounds")
    )


@lru_cache(maxsize=1)
def _spellings() -> dict[str, frozenset[str]]:
    """By level its letters without blanks, those of old fonts among them."""
    old = {str(row["level"]).upper(): row["letters"] for row in _lines() if "level" in row}
    return {
        level: frozenset(
            "".join(said.split()) for said in (level, *cast("Sequence[str]", old.get(level, ())))
        )
        for level in _levels()
    }


@lru_cache(maxsize=8)
def _pattern(key: str) -> re.Pattern[str]:
    (row,) = (row for row in _lines() if row.get("key") == key)
    return re.compile(str(row["pattern"]), re.IGNORECASE)


def _lines() -> Sequence[law.Row]:
    return law.load_rule_set(law.CONFIG / "standards" / "secrecy_lines.toml").rows


def _words(key: str) -> Sequence[str]:
    rows = law.load_rule_set(law.CONFIG / "standards" / "nd30_layout.toml").rows
    (row,) = (row for row in rows if row.get("key") == key)
    return cast("Sequence[str]", row["words"])
