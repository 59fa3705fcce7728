"""Whether the letters of a page are those of a printed book face, as sharp as print leaves them.

Mends that compare a word with its drawing were made for such pages. On typewriting, needles, carbon
and third copies a drawing fits no word well: there they take right words for wrong ones, and
cleaning takes pale ink for dust.
"""

import statistics
from collections.abc import Sequence

from digitize.ocr.clean import Image
from digitize.ocr.drawn_words import lay
from digitize.ocr.words import Line

FITS = 0.80  # papers drawn by lot have 0.84 and more; fax 0.77, copies, carbon, typing 0.53 to 0.68
_SURE = 80.0  # confidence of a word that is laid over its own drawing
_LENGTHS = range(4, 13)  # signs of such a word
_MOST = 12  # words that are laid
_LEAST = 6  # with fewer sure words nothing is known of the face


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
