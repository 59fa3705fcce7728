"""Parts words that the engine ran together where the paper shows a gap between them.

Vietnamese syllables stand apart, so two of them in one word cannot be, and neither can a number
and what it counts. They are parted only where both the letters and the ink say so: every part a
possible word, a gap of white between them that is far wider than those between letters.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product

from digitize.ocr.clean import INK, Image
from digitize.ocr.syllables import is_possible
from digitize.ocr.words import Line, Word

MOST_PARTS = 4
GAP = 0.19  # of the word's height; letters of one word stand closer
CLOSER = 0.6  # of a gap between words: wider ones between letters, as of a typewriter, hide it
REACH = 2  # letters by which the place of a gap, told by its share of the width, may be off
DASHES = "-–—"

SPACE = 0.27  # likewise, on both sides of a dash that stands by itself
JOINT_REACH = 0.6  # of the word's height by which the gap at a joint may be off
_JOINT = re.compile(r"([^\W\d_]{2,})([.–—-])([^\W\d_]{2,}[.,;:]?)")
_COUNTED = re.compile(r"(\d[\d.,]*)([^\W\d_]+[2²3³]?[.,;:)]?)")  # such as 167m2

Parts = Callable[[Word, Image], list[Word]]
Gap = tuple[int, int]  # first and last white column, from the word's left


def parted(lines: Sequence[Line], grey: Image, *, numbers_alone: bool = False) -> tuple[Line, ...]:
    """The same letters.

    Args:
        grey: the image that was read.
        numbers_alone: of a face whose letters stand unevenly, such as worn typing: there a word
            that cannot be was misread, and gaps lie anywhere.
    """
    parts = _behind_its_number if numbers_alone else _parts
    return tuple(_parted_line(line, grey, parts) for line in lines)


def _parted_line(line: Line, grey: Image, parts: Parts) -> Line:
    words = [part for word in line.words for part in parts(word, grey)]
    return line if len(words) == len(line.words) else replace(line, words=tuple(words))


def _parts(word: Word, grey: Image) -> list[Word]:
    begins_list = word.text[0] in DASHES and word.text[1:2].isalpha()
    coded = any(letter.isdigit() or letter == "/" for letter in word.text)
    if begins_list or (not word.possible and not coded and len(word.text) > 2):
        return _apart(word, grey, at_dash=begins_list and word.possible)
    if (joint := _JOINT.fullmatch(word.text)) is not None:
        return _at_joint(word, grey, joint)
    return _behind_its_number(word, grey)


def _behind_its_number(word: Word, grey: Image) -> list[Word]:
    counted = _COUNTED.fullmatch(word.text)
    return [word] if counted is None else _behind_number(word, grey, len(counted[1]))


def _apart(word: Word, grey: Image, *, at_dash: bool) -> list[Word]:
    gaps = _gaps(word, grey)
    if at_dash:
        first = min(gaps, default=None)
        return [word] if first is None else _cut(word, (1,), (first,))
    for count in range(1, min(MOST_PARTS, len(gaps) + 1)):
        widest = sorted(gaps[:count])
        if not _stand_out(word, grey, widest):
            continue
        for places in _places(word, widest):
            texts = [word.text[a:b] for a, b in _spans(places, len(word.text))]
            if all(map(is_possible, texts)):
                return _cut(word, places, widest)
    return [word]


def _behind_number(word: Word, grey: Image, digits: int) -> list[Word]:
    """The number and what it counts, where the widest gap of the word lies between them."""
    gaps = _gaps(word, grey)[:1]
    place = (word.right - word.left) * digits / len(word.text)
    reach = JOINT_REACH * (word.bottom - word.top)
    near = [gap for gap in gaps if gap[0] - reach <= place <= gap[1] + reach]
    return _cut(word, (digits,), near) if near and _stand_out(word, grey, near) else [word]


def _at_joint(word: Word, grey: Image, joint: "re.Match[str]") -> list[Word]:
    """Two words that a stop or a dash joins: apart where the paper has a gap in its place.

    A dash between two gaps is a word of its own; with one gap, there is no dash on the paper.
    """
    first, sign, second = joint.groups()
    place = (word.right - word.left) * (len(first) + 0.5) / len(word.text)
    reach = JOINT_REACH * (word.bottom - word.top)
    gaps = sorted(gap for gap in _gaps(word, grey) if gap[0] - reach <= place <= gap[1] + reach)
    if len(gaps) == 1:
        return _cut(replace(word, text=first + second), (len(first),), gaps)
    least = SPACE * (word.bottom - word.top)
    if len(gaps) == 2 and sign in DASHES and all(b - a + 1 >= least for a, b in gaps):
        return _cut(word, (len(first), len(first) + 1), gaps)
    return [word]


def _stand_out(word: Word, grey: Image, gaps: Sequence[Gap]) -> bool:
    """Whether all other white within the word is far narrower."""
    narrowest = min(last - first + 1 for first, last in gaps)
    others = (b - a + 1 for a, b in _white_columns(word, grey) if (a, b) not in gaps)
    return max(others, default=0) <= CLOSER * narrowest


def _gaps(word: Word, grey: Image) -> list[Gap]:
    """White columns within the word as wide as between words, the widest first."""
    least = max(3, round(GAP * (word.bottom - word.top)))
    wide = [run for run in _white_columns(word, grey) if run[1] - run[0] + 1 >= least]
    return sorted(wide, key=lambda run: run[0] - run[1])


def _white_columns(word: Word, grey: Image) -> list[Gap]:
    """From the left, those at the word's edges left out."""
    import numpy as np

    box = grey[word.top : word.bottom, word.left : word.right]
    white = ~(box < INK).any(axis=0)
    steps = np.flatnonzero(np.diff(np.concatenate(([0], white.astype(np.int8), [0]))))
    runs = [(int(a), int(b) - 1) for a, b in zip(steps[::2], steps[1::2], strict=True)]
    return [run for run in runs if run[0] > 0 and run[1] < box.shape[1] - 1]


def _places(word: Word, gaps: Sequence[Gap]) -> Iterator[tuple[int, ...]]:
    """Before which letters the gaps may lie, the likeliest first."""
    width = max(1, word.right - word.left)
    guesses = [round((a + b) / 2 / width * len(word.text)) for a, b in gaps]
    offsets = sorted(range(-REACH, REACH + 1), key=abs)
    choices = sorted(product(offsets, repeat=len(gaps)), key=lambda some: sum(map(abs, some)))
    for moved in choices:
        places = tuple(guess + off for guess, off in zip(guesses, moved, strict=True))
        inside = all(0 < place < len(word.text) for place in places)
        if inside and list(places) == sorted(set(places)):
            yield places


def _spans(places: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    yield from zip((0, *places), (*places, length), strict=True)


def _cut(word: Word, places: Sequence[int], gaps: Sequence[Gap]) -> list[Word]:
    lefts = [word.left, *(word.left + last + 1 for _, last in gaps)]
    rights = [*(word.left + first for first, _ in gaps), word.right]
    return [
        Word(text, word.confidence, left, word.top, right, word.bottom, is_possible(text))
        for (a, b), left, right in zip(_spans(places, len(word.text)), lefts, rights, strict=True)
        if (text := word.text[a:b])
    ]
