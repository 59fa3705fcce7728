"""How far a reading of a hard page can be believed, and which of its words are mere guesses.

Handwriting, drawings, stains and other scripts come out of the engine as words of low confidence.
They would be found by nobody and mislead everybody: they are left out, and the page says so by
having few words, or none.

The engine is as sure of worn letters as of sharp ones: on carbon copies of which five letters in a
hundred are misread it says 95, as on print of which none is. What tells the two apart is how well
the letters fit their drawing, so that confidences are lowered by what is missing there; or, in a
face that is not drawn, such as one without serifs, how alike the same word is in other places.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from digitize.ocr.clean import INK, Image
from digitize.ocr.hard_pages.face import FITS, likeness_of_words
from digitize.ocr.word_list import is_surely_foreign
from digitize.ocr.words import Line, Word

GUESSED = 45.0  # mean confidence of a line of guesses; copies of copies have 70 and more
SURE = 75.0  # one word read so surely keeps its line
LONG = 3  # signs of such a word: shorter ones are found in any scribble
READ = 60.0  # mean confidence of a page that was read at all
LOWERED = 3.0  # per cent of a confidence for each hundredth that the fit lacks
LEAST_SHARE = 0.7  # of a confidence that is left: doubtful words still stand out among the others
SURE_PAGE = 93.0  # mean confidence of a page in another face that may be sharp
SURE_THROUGHOUT, TELLING = 95.7, 30  # and words of it: no worn face has so much, most 94 or less
ALIKE = 0.93  # clean print in any face 0.95 and more; carbon, typing and copies 0.72 to 0.87
SURELY_READ = 0.15  # of the letters that are left, in words that alone keep a line
FEW = 3  # letters of a page; so few may be a stroke that was taken for one
LOST = 40.0  # times as much ink as they have lies elsewhere
UPHELD = 0.34  # of the letters, in lines that were read; below it nothing of the page was


def mean_confidence(lines: Iterable[Line]) -> float:
    """Over the letters, 0 to 100; 0 without a word."""
    letters = sure = 0.0
    for line in lines:
        for word in line.words:
            letters += len(word.text)
            sure += len(word.text) * word.confidence
    return sure / letters if letters else 0.0


def is_read(lines: Iterable[Line]) -> bool:
    """Whether a page was read, and not guessed."""
    return mean_confidence(lines) >= READ


def without_guesses(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines that were read; none where most of the page was guessed."""
    kept = tuple(line for line in lines if not _is_guessed(line))
    letters = _letters(word for line in lines for word in line.words)
    left = _letters(word for line in kept for word in line.words)
    words = (word for line in kept for word in line.words if any(map(str.isalpha, word.text)))
    sure = _letters(filter(_is_sure, words))  # signs of another script come out as figures too
    if left < UPHELD * letters or (sure < SURELY_READ * left and mean_confidence(kept) < SURE):
        return ()
    return kept


def are_lost_in_ink(lines: Sequence[Line], grey: Image) -> bool:
    """Whether a sign or two were read on a page full of other ink: a stroke, a knot, a leaf."""
    words = [word for line in lines for word in line.words]
    if not 0 < _letters(words) <= FEW:
        return False
    ink = grey < INK
    of_words = sum(int(ink[word.top : word.bottom, word.left : word.right].sum()) for word in words)
    return int(ink.sum()) > LOST * of_words


def _letters(words: Iterable[Word]) -> int:
    return sum(len(word.text) for word in words)


def as_trusted(lines: Sequence[Line], fit: float | None, grey: Image) -> tuple[Line, ...]:
    """The lines with confidences that say how many letters are misread on such a page."""
    if fit is None or fit >= FITS or _is_sharp(lines, grey):
        return tuple(lines)
    share = max(LEAST_SHARE, 1 - LOWERED * (FITS - fit))
    return tuple(
        replace(
            line,
            words=tuple(
                replace(word, confidence=round(share * word.confidence, 1)) for word in line.words
            ),
        )
        for line in lines
    )


def _is_sharp(lines: Sequence[Line], grey: Image) -> bool:
    sure, words = mean_confidence(lines), [word for line in lines for word in line.words]
    if sure < SURE_PAGE:
        return False
    if sure >= SURE_THROUGHOUT and len(words) >= TELLING and all(word.possible for word in words):
        return True
    alike = likeness_of_words(lines, grey)
    return alike is not None and alike >= ALIKE


def _is_guessed(line: Line) -> bool:
    return mean_confidence([line]) < GUESSED and not any(map(_is_sure, line.words))


def _is_sure(word: Word) -> bool:
    if not word.possible:  # strokes of a hand come out as a short word of some language
        return len(word.text) > LONG and is_surely_foreign(word)
    return word.confidence >= SURE and len(word.text) >= LONG
