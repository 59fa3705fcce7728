"""What is stamped on a page: letters of coloured ink, dark ones in a frame, or askew to the print.

Cleaning whitens red ink, the engine takes a framed word for a picture, and words that stand askew
or along the side of the page for none: a secrecy mark is all of that. It stands at the upper left,
and wherever there was room.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from digitize.ocr.clean import INK, MM_PER_INCH, Image, Matrix
from digitize.ocr.stamps.frames import Place, framed
from digitize.ocr.stamps.letters import levelled_rows
from digitize.ocr.stamps.words import word_in_frame
from digitize.ocr.tesseract import recognize
from digitize.ocr.words import Line, Word

if TYPE_CHECKING:
    from tesserocr import PyTessBaseAPI

_COLOURED = 26  # by how much one channel exceeds the others, more than it does on the paper
_LEAST_PIXELS = 40  # of a reduced image: with fewer there is no stamp
_REDUCED = 4
_HIGH, _WIDE = 0.46, 0.62  # share of the page where ink that nobody read is looked at
_WELL_READ = 55.0  # confidence of a word from which on it is no longer looked at
_LEAST_WORDS = 2  # of a line of print
_ASKEW = 3.0  # degrees to the print: what stands straighter is read as print
_PAD_MM = 1.5


def has_red(colour: Image) -> bool:
    """Whether there is so much red on the page that a stamp may be there."""
    return colour.ndim == 3 and _shade(colour, red=True) is not None


def stamped_lines(
    colour: Image,
    cleaned: Image,
    engine: "PyTessBaseAPI",
    *,
    dpi: float,
    to_page: Matrix,
    read: Sequence[Line] = (),
) -> tuple[Line, ...]:
    """Lines of stamps on the page, in pixels of the cleaned image.

    Costs nearly nothing where there is no colour, no small frame, and all ink was read.

    Args:
        colour: the upright page.
        cleaned: the same, grey and levelled.
        to_page: from ``cleaned`` to ``colour``.
        read: what the engine read of ``cleaned``.
    """
    find_coloured = partial(_coloured, dpi=dpi)
    find_framed, find_rows = partial(_in_frames, dpi=dpi), partial(_rows, dpi=dpi)
    unread = _left_by(read, cleaned)
    found: list[Line] = []
    for shown in (*find_coloured(colour), *_along(find_coloured, colour)):
        found += _lines(engine, shown, dpi, _levelled(shown.place, to_page))
    for shown in (
        *find_framed(cleaned),
        *find_rows(unread, least_tilt=_ASKEW),
        *_along(find_framed, cleaned),
        *_along(find_rows, unread),
    ):
        found += _lines(engine, shown, dpi, shown.place)
    return tuple(found)


def lines_of_ink(grey: Image, engine: "PyTessBaseAPI", *, dpi: float) -> tuple[Line, ...]:
    """Lines of a picture that holds stamps, seals and signatures and no text beside them."""
    found: list[Line] = []
    for find in (partial(_rows, dpi=dpi), partial(_in_frames, dpi=dpi)):
        for shown in (*find(grey), *_along(find, grey)):
            found += _lines(engine, shown, dpi, shown.place)
    return tuple(found)


class _Shown(NamedTuple):
    """A row of letters or the inside of a frame, levelled, and its place on the page."""

    place: Place
    image: Image
    is_framed: bool


def _along(find: Callable[[Image], Iterator[_Shown]], image: Image) -> Iterator[_Shown]:
    """What stands along the side of the page, each as it is read upwards and downwards."""
    import numpy as np

    far = image.shape[1] - 1.0
    for shown in find(np.ascontiguousarray(np.rot90(image))):
        left, top, cosine, sine = shown.place
        left, top, cosine, sine = far - top, left, -sine, cosine
        yield shown._replace(place=(left, top, cosine, sine))
        across, down = shown.image.shape[1] - 1, shown.image.shape[0] - 1
        left, top = left + cosine * across - sine * down, top + sine * across + cosine * down
        turned = np.ascontiguousarray(np.rot90(shown.image, 2))
        yield _Shown((left, top, -cosine, -sine), turned, shown.is_framed)


def _lines(engine: "PyTessBaseAPI", shown: _Shown, dpi: float, place: Place) -> Iterator[Line]:
    read = _read_framed if shown.is_framed else _read
    moved = (_moved(line, place) for line in read(engine, shown.image, dpi))
    return (line for line in moved if line.words)


def _coloured(colour: Image, *, dpi: float) -> Iterator[_Shown]:
    """Lines in red ink, then in ink of another colour, each apart; in grey, all ink is alike."""
    import numpy as np

    if colour.ndim != 3:
        return
    for red in (True, False):
        shade = _shade(colour, red=red)
        if shade is None:
            continue
        dark = (255 - np.minimum(shade.astype(np.uint16) * 3, 255)).astype(np.uint8)
        for place, row in levelled_rows((shade > _COLOURED).astype(np.uint8), dark, dpi):
            yield _Shown(place, row, is_framed=False)
        if red:
            yield from _in_frames(dark, dpi=dpi)


def _in_frames(grey: Image, *, dpi: float) -> Iterator[_Shown]:
    return (_Shown(place, inside, is_framed=True) for place, inside in framed(grey, dpi))


def _rows(part: Image, *, dpi: float, least_tilt: float = 0.0) -> Iterator[_Shown]:
    """Rows of ink of which the engine made no word."""
    import numpy as np

    ink = (part < INK).astype(np.uint8)
    for place, row in levelled_rows(ink, part, dpi, least_tilt=least_tilt):
        yield _Shown(place, row, is_framed=False)


def _left_by(read: Sequence[Line], cleaned: Image) -> Image:
    """The upper left of the page without the words that the engine made out there."""
    part = cleaned[: int(cleaned.shape[0] * _HIGH), : int(cleaned.shape[1] * _WIDE)].copy()
    for line in read:
        sure = [word for word in line.words if word.confidence >= _WELL_READ]
        if len(sure) < _LEAST_WORDS or abs(line.slope) > math.tan(math.radians(_ASKEW)):
            continue  # one word may be a part of what stands askew
        for word in sure:
            part[max(0, word.top) : word.bottom, max(0, word.left) : word.right] = 255
    return part


def _shade(colour: Image, *, red: bool) -> Image | None:
    """How much redder, or else bluer, greener or more violet than the paper is each pixel.

    ``None`` where hardly one is.
    """
    import cv2
    import numpy as np

    seen = _tint(colour[::_REDUCED, ::_REDUCED], red=red)
    paper = int(np.median(seen))
    if int((seen > paper + _COLOURED).sum()) < _LEAST_PIXELS:
        return None
    tint = _tint(colour, red=red)
    return cv2.subtract(tint, np.full_like(tint, paper)).astype(np.uint8)


def _tint(colour: Image, *, red: bool) -> Image:
    import cv2

    blue, green, warm = cv2.split(colour)
    cold = cv2.max(blue, green)
    if red:
        return cv2.subtract(warm, cold).astype("u1", copy=False)
    violet = cv2.subtract(cv2.min(blue, warm), green)
    return cv2.max(cv2.subtract(cold, warm), violet).astype("u1", copy=False)


def _read(engine: "PyTessBaseAPI", letters: Image, dpi: float) -> tuple[Line, ...]:
    from tesserocr import PSM

    usual = engine.GetPageSegMode()
    engine.SetPageSegMode(PSM.SINGLE_LINE)
    try:
        return recognize(engine, letters, dpi=dpi)
    finally:
        engine.SetPageSegMode(usual)


def _read_framed(engine: "PyTessBaseAPI", inside: Image, dpi: float) -> tuple[Line, ...]:
    """The word that is seen in the frame; what the engine reads there, where it is none of ours."""
    import numpy as np

    if (seen := word_in_frame(inside)) is not None:
        high, wide = inside.shape
        word = Word(seen[0], round(100 * seen[1], 1), 0, 0, wide, high)
        return (Line((word,), 0, 0, wide, high, float(high), float(high), starts_block=True),)
    pad = round(_PAD_MM / MM_PER_INCH * dpi)
    lines = _read(engine, np.pad(inside, pad, constant_values=255), dpi)
    return tuple(_moved(line, (-pad, -pad, 1.0, 0.0)) for line in lines)


def _levelled(place: Place, to_page: Matrix) -> Place:
    """A place of the upright page in the levelled image."""
    left, top, cosine, sine = place
    a, b, c, d, e, f = to_page
    ground = a * d - b * c
    x, y = left - e, top - f
    return (
        (d * x - c * y) / ground,
        (a * y - b * x) / ground,
        (d * cosine - c * sine) / ground,
        (a * sine - b * cosine) / ground,
    )


def _moved(line: Line, place: Place) -> Line:
    """The line in pixels of the image that its place belongs to."""
    left, top, cosine, sine = place

    def around(
        box: tuple[int, int, int, int],
    ) -> tuple[int, int, int, int]:
        x1, y1, x2, y2 = box
        points = [
            (left + cosine * x - sine * y, top + sine * x + cosine * y)
            for x in (x1, x2)
            for y in (y1, y2)
        ]
        across, down = [x for x, _ in points], [y for _, y in points]
        return round(min(across)), round(min(down)), round(max(across)), round(max(down))

    words = tuple(
        Word(word.text, word.confidence, *around((word.left, word.top, word.right, word.bottom)))
        for word in line.words
    )
    x1, y1, x2, y2 = around((line.left, line.top, line.right, line.bottom))
    return Line(words, x1, y1, x2, y2, float(y2), float(y2), True)
