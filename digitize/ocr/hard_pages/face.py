"""Whether the letters of a page are those of a printed book face, as sharp as print leaves them.

Mends that compare a word with its drawing were made for such pages. On typewriting, needles, carbon
and third copies a drawing fits no word well: there they take right words for wrong ones, and
cleaning takes pale ink for dust.

A face that is no book face may be as sharp: on good paper a word looks the same wherever it stands.
"""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise

from digitize.ocr.clean import Image
from digitize.ocr.drawn_words import lay
from digitize.ocr.words import Line, Word

FITS = 0.80  # papers drawn by lot have 0.84 and more; fax 0.77, copies, carbon, typing 0.53 to 0.68
SAME_FACE = 0.89  # Tinos has 0.90 to 0.96; other faces with serifs 0.83 to 0.875
_SURE = 80.0  # confidence of a word that is laid over its own drawing
_LENGTHS = range(4, 13)  # signs of such a word
_MOST = 12  # words that are laid
_LEAST = 6  # with fewer sure words nothing is known of the face
_SHORTEST = 2  # letters of a word that is compared with itself
_MOST_PAIRS, _LEAST_PAIRS = 14, 2  # a worn pair is hardly ever alike, two are not
_BESIDE = 4  # pixels by which the boxes of the same word may differ


def face_fit(lines: Sequence[Line], grey: Image) -> float | None:
    """How well words fit their drawing, 1 at most; ``None`` where too few were read surely.

    Args:
        lines: as the engine read them.
        grey: the image that was read.
    """
    sure = [
        (word, line)
        for line in lines
        for word in line.words
        if word.confidence >= _SURE
        and word.possible
        and len(word.text) in _LENGTHS
        and word.text.isalpha()
    ]
    if len(sure) < _LEAST:
        return None
    fits = []
    for word, line in sure[:: max(1, len(sure) // _MOST)][:_MOST]:
        laid = lay(word, grey, line.baseline_at(word.left))
        fits.append(0.0 if laid is None else laid.fit)
    return round(statistics.median(fits), 3)


def has_book_face(fit: float | None) -> bool:
    """Whether mends may run; where nothing is known they may, as most pages are print."""
    return fit is None or fit >= FITS


def has_drawn_face(fit: float | None) -> bool:
    """Whether tones may be compared with a drawing: another face sets its marks otherwise."""
    return fit is None or fit >= SAME_FACE


def likeness_of_words(lines: Sequence[Line], grey: Image) -> float | None:
    """How alike a word looks where it stands again, 1 at most; ``None`` where too few do.

    Args:
        lines: as the engine read them.
        grey: the image that was read.
    """
    places: dict[str, list[Word]] = {}
    for line in lines:
        for word in line.words:
            if word.confidence >= _SURE and len(word.text) >= _SHORTEST and word.text.isalpha():
                places.setdefault(word.text, []).append(word)
    by_length = sorted(places, key=len, reverse=True)
    pairs = (pair for text in by_length for pair in pairwise(places[text]))
    found = list(islice(_likenesses(pairs, grey), _MOST_PAIRS))
    return statistics.median(found) if len(found) >= _LEAST_PAIRS else None


def _likenesses(pairs: Iterable[tuple[Word, Word]], grey: Image) -> Iterator[float]:
    """Of words in boxes of one size; else one is larger, or has a speck beside it."""
    import cv2
    import numpy as np

    for one, other in pairs:
        mask = np.ascontiguousarray(grey[one.top : one.bottom, one.left : one.right])
        top, left = max(0, other.top - _BESIDE), max(0, other.left - _BESIDE)
        seen = grey[top : other.bottom + _BESIDE, left : other.right + _BESIDE]
        taller = abs((one.bottom - one.top) - (other.bottom - other.top)) > _BESIDE
        room = mask.shape[0] <= seen.shape[0] and mask.shape[1] <= seen.shape[1]
        if mask.size and room and not taller:
            yield float(cv2.matchTemplate(seen, mask, cv2.TM_CCOEFF_NORMED).max())
