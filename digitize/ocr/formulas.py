"""Words of fixed formulas that the engine takes for others, settled by how they look in print.

Where a formula asks for one word and a like one was read, the page decides: the word stays as read
unless the one asked for, drawn as it would be printed, fits the scan better.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from archive_service.law import CONFIG, load_rule_set
from digitize.ocr.clean import Image
from digitize.ocr.drawn_words import lay
from digitize.ocr.edit_distance import edits
from digitize.ocr.words import Line, Word

_FILE = CONFIG / "standards" / "nd30_formulas.toml"
_FIGURES = "#"
_LEAST_FIT = 0.70  # of the word that is meant; below it another face is printed
_MOST_EDITS = 2  # letters and marks counted apart


def formulas_kept(lines: Sequence[Line], grey: Image) -> tuple[Line, ...]:
    """The same words, one of a formula's as the formula has it where the page says so too.

    Args:
        lines: as the engine read them.
        grey: the image that was read.
    """
    return tuple(_line_kept(line, grey) for line in lines)


def _line_kept(line: Line, grey: Image) -> Line:
    words = list(line.words)
    for phrase in _phrases():
        for start in range(len(words) - len(phrase) + 1):
            part = words[start : start + len(phrase)]
            odd = [
                at
                for at, (word, wanted) in enumerate(zip(part, phrase, strict=True))
                if not _fits(word.text, wanted)
            ]
            if len(odd) == 1 and phrase[odd[0]] != _FIGURES:
                at = start + odd[0]
                words[at] = _settled(words[at], phrase[odd[0]], line, grey)
    return line if tuple(words) == line.words else replace(line, words=tuple(words))


def _fits(text: str, wanted: str) -> bool:
    if wanted == _FIGURES:
        return text.strip(".,;:").isdigit()
    return text == wanted


def _settled(word: Word, wanted: str, line: Line, grey: Image) -> Word:
    one, other = (unicodedata.normalize("NFD", text) for text in (word.text, wanted))
    if edits(one, other) > _MOST_EDITS:
        return word
    baseline = line.baseline_at(word.left)
    meant = replace(word, text=wanted, possible=True)
    as_read, as_meant = lay(word, grey, baseline), lay(meant, grey, baseline)
    if as_read is None or as_meant is None or as_meant.fit < max(as_read.fit, _LEAST_FIT):
        return word
    return meant


@lru_cache(maxsize=1)
def _phrases() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(str(row["phrase"]).split()) for row in load_rule_set(_FILE).rows)
