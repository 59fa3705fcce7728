"""Other codes, numbers and days that one slip makes of what was typed, with the cost of each."""

import re
from collections.abc import Iterator
from itertools import islice, product

from search.meant.repairs import edits
from search.written.abbreviations import abbreviations
from search.written.days import names_of_day

Words = tuple[str, ...]

_DIGITS = "1234567890"  # as the keys lie
_LOOKS_LIKE = {"o": "0", "l": "1", "i": "1", "z": "2", "s": "5", "b": "8", "g": "9"}
_PIECES = re.compile(r"\d+|[^\W\d_]+")
_YEAR = re.compile(r"(?=((?:19|20)\d\d))")
_GLUED = re.compile(r"([^\W\d_]?)(\d{5,})")  # the parts before a year, and it
_YEARS = range(1945, 2036)  # that a number may lack, or have without its century
_DAY_PARTS, _MONTH_PARTS = 3, 2
_MOST_APART = 300


def code_slips(words: Words) -> Iterator[tuple[Words, int]]:
    """Every other code that one slip in its parts, or in the signs between them, makes of it."""
    if len(words) == 1:
        yield from ((apart, 1) for apart in islice(_apart(words[0]), _MOST_APART))
        return
    for at, word in enumerate(words):
        for text, cost in dict(_part_slips(word, first=at == 0)).items():
            if text and text != word:
                yield (*words[:at], text, *words[at + 1 :]), cost
        for cut in range(1, len(word)):
            yield (*words[:at], word[:cut], word[cut:], *words[at + 1 :]), 1
        if glued := _GLUED.fullmatch(word):
            for parts in _digits_apart(glued[2], glued[1]):
                yield (*words[:at], *parts, *words[at + 1 :]), 1
    for at in range(len(words) - 1):
        first, second = words[at : at + 2]
        before, after = words[:at], words[at + 2 :]
        yield (*before, first + second, *after), 1
        if len(first) > 1:
            yield (*before, first[:-1], first[-1] + second, *after), 1
        if len(second) > 1:
            yield (*before, first + second[0], second[1:], *after), 1
    yield from _parts_more_or_less(words)


def day_slips(words: Words) -> Iterator[tuple[str, int]]:
    """The names of every other day that one slip in its digits or signs makes of it."""
    for slipped, cost in code_slips(words):
        if len(slipped) == _DAY_PARTS and all(word.isdecimal() for word in slipped):
            for name in names_of_day("/".join(slipped))[:1]:
                yield name, cost


def month_slips(words: Words) -> Iterator[tuple[str, int]]:
    """The names of every other month that one slip in its number or year makes of it."""
    for slipped, cost in code_slips(words):
        if len(slipped) == _MONTH_PARTS and all(word.isdecimal() for word in slipped):
            for name in names_of_day("/".join(slipped))[:1]:
                yield name, cost


def _parts_more_or_less(words: Words) -> Iterator[tuple[Words, int]]:
    """Without one of its parts, or with the kind or the year that it lacks."""
    for at in range(len(words)):
        if len(words) > 2 and (at or words[1].isdecimal()):
            yield (*words[:at], *words[at + 1 :]), 3
    if words[0].isdecimal():
        short = abbreviations()[0]
        for kind in (*short, *map(str, _YEARS)):
            yield (words[0], kind, *words[1:]), 3
        yield from (
            ((*words[:at], kind, *words[at + 1 :]), 2)
            for at in (1, 2)
            if {*words[at : at + 1]} & short.keys()
            for kind in short
            if kind != words[at]
        )


def _part_slips(word: str, *, first: bool) -> Iterator[tuple[str, int]]:
    if not word.isalpha():
        yield from _slips_of_digits(word)
    if not word.isdecimal():
        yield from edits(word)
    elif not first and len(word) == 2:
        years = (century + word for century in ("19", "20"))
        yield from ((year, 1) for year in years if int(year) in _YEARS)
    elif first:
        yield from ((letter + word, 2) for letter in "abcdefghijklmnopqrstuvwxyz")


def _slips_of_digits(word: str) -> Iterator[tuple[str, int]]:
    """Digits swapped, doubled, left out, or others: first those of the keys beside them."""
    for at in range(len(word) + 1):
        for digit in _DIGITS:
            yield word[:at] + digit + word[at:], 2
    for at, digit in enumerate(word):
        yield word[:at] + word[at + 1 :], 2
        place = _DIGITS.find(digit)
        for other, key in enumerate(_DIGITS):
            yield word[:at] + key + word[at + 1 :], 2 if abs(other - place) == 1 else 3
    for at, letter in enumerate(word):
        if letter in _LOOKS_LIKE:
            yield word[:at] + _LOOKS_LIKE[letter] + word[at + 1 :], 1
    for at in range(len(word) - 1):
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :], 1
        if word[at] == word[at + 1]:
            yield word[:at] + word[at + 1 :], 1


def _apart(word: str) -> Iterator[Words]:
    """``h40182018179ubnd`` and ``110vpth`` with the parts that a code may have."""
    pieces = _PIECES.findall(word)
    if len(pieces) > 2 and len(pieces[0]) == 1:  # the letter of a body's identifier
        ways = [list(_digits_apart(pieces[1], pieces[0]))]
        pieces = pieces[2:]
    else:
        ways = []
    ways += [list(_piece_apart(piece)) for piece in pieces]
    for parts in product(*ways):
        yield tuple(part for some in parts for part in some)


def _piece_apart(piece: str) -> Iterator[Words]:
    if piece.isdecimal():
        yield from _digits_apart(piece, "")
        return
    yield (piece,)
    for cut in range(1, len(piece)):
        yield piece[:cut], piece[cut:]


def _digits_apart(digits: str, letter: str) -> Iterator[Words]:
    yield (letter + digits,)
    for found in _YEAR.finditer(digits):
        before, after = digits[: found.start()], digits[found.start() + 4 :]
        rest = (after,) if after else ()
        if not before:
            yield (found[1], *rest)
            continue
        yield (letter + before, found[1], *rest)
        for cut in range(1, len(before)):
            yield (letter + before[:cut], before[cut:], found[1], *rest)
