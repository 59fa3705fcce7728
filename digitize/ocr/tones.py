"""Tells tones apart that the engine takes for one another, by how they look in print.

The engine's network sees a line 36 pixels high, and of a hook above a circumflex it leaves little;
the scan has more. Where another tone makes a word too, the word is drawn both ways in the face that
papers are printed in, laid over the scan, and compared where the two drawings differ.

Source:
    NĐ 30/2020/NĐ-CP, Phụ lục I: Times New Roman. Tinos has its measures and its marks. The bounds
    were measured on papers drawn by lot; a page in another face hardly fits and is left as read.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digitize.ocr.clean import Image
from digitize.ocr.drawn_words import lay
from digitize.ocr.syllables import is_possible
from digitize.ocr.words import Line, Word

_ACUTE, _GRAVE, _HOOK, _CIRCUMFLEX = "\u0301", "\u0300", "\u0309", "\u0302"
_LONGEST = 14  # signs
_LEAST_CHANGED, _MOST_CHANGED = 3, 0.3  # of the words with an acute over a circumflex


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A tone that is not always what the engine says it is."""

    read: str
    may_be: str
    on_circumflex: bool | None  # None: on any letter
    least_fit: float  # of the drawn word on the scan, 1 at most
    margin: float  # by which the other drawing must fit better
    sure: float = 101.0  # from this confidence on the engine is believed


_DOUBTS = (
    _Doubt(_ACUTE, _HOOK, True, least_fit=0.80, margin=0.011),
    _Doubt(_ACUTE, _HOOK, False, least_fit=0.82, margin=0.022, sure=94.0),
    _Doubt(_GRAVE, _HOOK, None, least_fit=0.86, margin=0.040, sure=94.0),
    _Doubt(_HOOK, "", False, least_fit=0.87, margin=0.028),
)


def told_apart(lines: Sequence[Line], grey: Image) -> tuple[Line, ...]:
    """The same words, some with another tone; ``grey`` is the image that was read.

    The engine misreads one in thirty. Where a third looks misread, it is the face of the page that
    sets its acute flatter over the circumflex than Tinos does: every word stays as it was read.
    """
    lines_apart = tuple(_line_told_apart(line, grey) for line in lines)
    words = [
        (before, after)
        for line, mended in zip(lines, lines_apart, strict=True)
        for before, after in zip(line.words, mended.words, strict=True)
        if any(doubt is _DOUBTS[0] for doubt, _ in _others(before))
    ]
    changed = sum(before.text != after.text for before, after in words)
    if changed >= _LEAST_CHANGED and changed > _MOST_CHANGED * len(words):
        return tuple(lines)
    return lines_apart


def _line_told_apart(line: Line, grey: Image) -> Line:
    words = (_word_told_apart(word, grey, line.baseline_at(word.left)) for word in line.words)
    return replace(line, words=tuple(words))


def _word_told_apart(word: Word, grey: Image, baseline: float) -> Word:
    others = list(_others(word))
    laid = lay(word, grey, baseline) if others else None
    if laid is None:
        return word
    for doubt, text in others:
        if laid.fit > doubt.least_fit and laid.gain(text) > doubt.margin:
            return replace(word, text=text, possible=True)
    return word


def _others(word: Word) -> Iterator[tuple[_Doubt, str]]:
    """What the word would be with a tone that its own may be mistaken for."""
    if word.text.isascii() or len(word.text) > _LONGEST:
        return
    letters = unicodedata.normalize("NFD", word.text)
    for doubt in _DOUBTS:
        at = letters.find(doubt.read)
        if at < 0 or word.confidence >= doubt.sure:
            continue
        if doubt.on_circumflex is not None and doubt.on_circumflex != (
            letters[at - 1] == _CIRCUMFLEX
        ):
            continue
        other = unicodedata.normalize("NFC", letters[:at] + doubt.may_be + letters[at + 1 :])
        if is_possible(other):
            yield doubt, other
