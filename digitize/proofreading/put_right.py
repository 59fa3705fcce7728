"""The words of a page with those that people put right in the places where they stand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from digitize.ocr.word_list import SAME_PLACE, Placed, box_of, overlap, shared
from digitize.ocr.words import Line, PageReading, Word

COVERED = 0.5  # of a word's box; where less was looked at, the word stays beside what was said


class PutRightWord(Placed, Protocol):
    """What a person said of a place: ``becomes`` is empty where no word stands."""

    was: str
    becomes: str


def with_put_right(reading: PageReading, told: Sequence[PutRightWord]) -> str:
    """The page's text; each correction stands in place of the words that it is about.

    What no word of this reading stands under follows in lines of its own.
    """
    put_right, left = put_in_place(reading, told)
    return "\n".join(
        part for part in (put_right.text, *(correction.becomes for correction in left)) if part
    )


def put_in_place(
    reading: PageReading, told: Sequence[PutRightWord]
) -> tuple[PageReading, list[PutRightWord]]:
    """The page as it was put right, and the corrections that no word of it stands under.

    Another reading may part its words otherwise: one correction may be about two of its words, or
    two about one.
    """
    left = list(told)
    lines: list[Line] = []
    starts_block = False  # of a line whose words are all gone
    for line in reading.lines:
        words: list[Word] = []
        for word in line.words:
            words += _corrected_words(word, reading, told, left)
        starts_block |= line.starts_block
        if words:
            lines.append(replace(line, words=tuple(words), starts_block=starts_block))
            starts_block = False
    return replace(reading, lines=tuple(lines)), left


def _corrected_words(
    word: Word, reading: PageReading, told: Sequence[PutRightWord], left: list[PutRightWord]
) -> list[Word]:
    """What stands there; of ``left``, corrections without a place yet, it takes its own away."""
    box = reading.on_page(word)
    about = [
        correction
        for correction in told
        if correction.was and shared(box, box_of(correction)) >= SAME_PLACE
    ]
    if not about:
        return [word]
    whole = max(1, (box[2] - box[0]) * (box[3] - box[1]))
    seen = sum(overlap(box, box_of(correction)) for correction in about) / whole
    covered = seen >= COVERED or any(correction.was == word.text for correction in about)
    said = [] if covered else [word]
    for correction in sorted(about, key=lambda row: row.left):
        new = correction in left
        if new:
            left.remove(correction)
        if new and correction.becomes and (covered or correction.becomes != correction.was):
            said.append(replace(word, text=correction.becomes))
    return said
