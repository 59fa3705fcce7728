"""Letters that stand together at any tilt, apart from print: coloured ink, or ink nobody read.

A hand sets a stamp askew by some degrees to either side; its letters are of one height.
"""

import math
from dataclasses import dataclass
from statistics import median
from typing import Any

from digitize.ocr.clean import MM_PER_INCH, Image
from digitize.ocr.stamps.frames import Place, cut_level

_LETTER_MM = (1.6, 13.0)  # height of a letter of a stamp
_WIDEST_LETTER_MM = 16.0
_WORD_MM = (4.0, 90.0)  # width of what is read as one line
_ROUND_MM = 15.0  # what is so large both ways is the ring of a seal: its letters are no mark
_GAP_MM = 3.4  # between two words of a stamp
_PAD_MM = 1.6
_TILTS = range(-24, 25, 2)  # degrees that are tried, then those between
_LEAST_LETTERS, _MOST_LETTERS = 2, 45  # of one group; more is text, or a picture
_MOST_ROWS = 3  # of one stamp
_MOST_LINES = 8  # of one page that are read


@dataclass(frozen=True, slots=True)
class _Blob:
    """One connected piece of ink, in pixels."""

    label: int
    left: int
    top: int
    wide: int
    high: int

    @property
    def middle(self) -> tuple[float, float]:
        return self.left + self.wide / 2, self.top + self.high / 2

    def encloses(self, other: "_Blob") -> bool:
        return (
            self.left < other.left
            and self.top < other.top
            and other.left + other.wide < self.left + self.wide
            and other.top + other.high < self.top + self.high
        )

    def covers(self, point: tuple[float, float]) -> bool:
        x, y = point
        return self.left <= x <= self.left + self.wide and self.top <= y <= self.top + self.high


def levelled_rows(
    ink: Image, grey: Image, dpi: float, *, least_tilt: float = 0.0
) -> list[tuple[Place, Image]]:
    """Place and picture, levelled and black on white, of rows of letters, the largest first.

    Args:
        ink: 1 where there is ink of the kind that is looked for.
        grey: the same ink, dark on white.
        least_tilt: degrees; rows that are less tilted are not asked for.
    """
    import cv2
    import numpy as np

    mm = dpi / MM_PER_INCH
    # The colour of a JPEG is coarse: what is torn apart is joined before it is measured.
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, labels, facts, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    blobs = [
        _Blob(number, *(int(side) for side in fact[:4]))
        for number, fact in enumerate(facts)
        if number and fact[3] >= _LETTER_MM[0] * mm
    ]
    letters = _letters(blobs, labels, mm)
    if len(letters) < _LEAST_LETTERS:
        return []
    wanted = np.ones(len(facts), np.bool_)
    wanted[[blob.label for blob in blobs]] = False
    wanted[[letter.label for letter in letters]] = True  # and small marks, which are no blobs
    shown = np.where(wanted[labels], grey, 255).astype(np.uint8)
    found = []
    for group in _groups(letters, ink.shape, mm):
        if _LEAST_LETTERS <= len(group) <= _MOST_LETTERS:
            tilt = _tilt(group, labels)
            if abs(tilt) >= least_tilt:
                found += [(_height(row), _cut(shown, row, tilt, mm)) for row in _rows(group, tilt)]
    fitting = sorted(
        ((high, cut) for high, cut in found if cut), key=lambda candidate: -candidate[0]
    )
    return [cut for _, cut in fitting[:_MOST_LINES]]


def _height(row: list[_Blob]) -> float:
    return float(median(blob.high for blob in row))


def _letters(blobs: list[_Blob], labels: Any, mm: float) -> list[_Blob]:
    """Those of the size of letters, that lie in no seal and are no frame of others."""
    most = _ROUND_MM * mm
    seals = [
        blob
        for blob in blobs
        if min(blob.wide, blob.high) > most and _narrow_side(blob, labels) > most
    ]
    fitting = [
        blob
        for blob in blobs
        if blob.high <= _LETTER_MM[1] * mm
        and blob.wide <= _WIDEST_LETTER_MM * mm
        and not any(seal.covers(blob.middle) for seal in seals)
    ]
    if len(fitting) > 40 * _MOST_LETTERS:  # a coloured print, or a photograph
        return []
    large = [blob for blob in fitting if blob.wide > 4 * mm]
    frames = {
        blob.label
        for blob in large
        if sum(blob.encloses(other) for other in fitting) >= _LEAST_LETTERS
    }
    return [blob for blob in fitting if blob.label not in frames]


def _narrow_side(blob: _Blob, labels: Any) -> float:
    """Of the rectangle around it, however it is tilted: a long frame's box is as high as a ring."""
    import cv2
    import numpy as np

    rows, columns = slice(blob.top, blob.top + blob.high), slice(blob.left, blob.left + blob.wide)
    down, across = np.nonzero(labels[rows, columns] == blob.label)
    _, sides, _ = cv2.minAreaRect(np.column_stack((across, down)).astype(np.int32))
    return float(min(sides))


def _groups(letters: list[_Blob], shape: tuple[int, ...], mm: float) -> list[list[_Blob]]:
    """Letters whose boxes are near each other."""
    import cv2
    import numpy as np

    boxes = np.zeros(shape[:2], np.uint8)
    reach = _GAP_MM * mm / 2
    for letter in letters:
        corner = round(letter.left - reach), round(letter.top - reach / 2)
        other = (
            round(letter.left + letter.wide + reach),
            round(letter.top + letter.high + reach / 2),
        )
        cv2.rectangle(boxes, corner, other, 1, -1)
    _, labels = cv2.connectedComponents(boxes)
    found: dict[int, list[_Blob]] = {}
    for letter in letters:
        x, y = letter.middle
        found.setdefault(int(labels[int(y), int(x)]), []).append(letter)
    return list(found.values())


def _tilt(group: list[_Blob], labels: Any) -> float:
    """Degrees by which its rows fall to the right: there the profile is the sharpest."""
    import numpy as np

    left, top = min(blob.left for blob in group), min(blob.top for blob in group)
    right = max(blob.left + blob.wide for blob in group)
    bottom = max(blob.top + blob.high for blob in group)
    own = np.isin(labels[top:bottom, left:right], [blob.label for blob in group])
    rows, columns = np.nonzero(own)

    def sharpness(degrees: float) -> float:
        angle = math.radians(degrees)
        along = rows * math.cos(angle) - columns * math.sin(angle)
        profile = np.bincount((along - along.min()).astype(np.int64))
        return float(np.square(profile, dtype=np.float64).sum())

    coarse = max(_TILTS, key=lambda tilt: (sharpness(tilt), -abs(tilt)))
    return max((coarse - 1, coarse, coarse + 1), key=lambda tilt: (sharpness(tilt), -abs(tilt)))


def _rows(group: list[_Blob], tilt: float) -> list[list[_Blob]]:
    """The group by its rows, from the top; none where it has too many for a stamp."""
    cosine, sine = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))

    def down(one: _Blob) -> float:
        x, y = one.middle
        return y * cosine - x * sine

    rows: list[list[_Blob]] = []
    for blob in sorted(group, key=down):
        height = max(it.high for it in rows[-1]) if rows else 0
        if rows and down(blob) - down(rows[-1][0]) < 0.7 * height:
            rows[-1].append(blob)
        else:
            rows.append([blob])
    if len(rows) > _MOST_ROWS:
        return []
    return [row for row in rows if len(row) >= _LEAST_LETTERS]


def _cut(grey: Image, row: list[_Blob], tilt: float, mm: float) -> tuple[Place, Image] | None:
    """The row and what stands close above and below it: marks of its letters."""
    cosine, sine = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
    corners = [
        (x * cosine + y * sine, y * cosine - x * sine)
        for blob in row
        for x in (blob.left, blob.left + blob.wide)
        for y in (blob.top, blob.top + blob.high)
    ]
    # A tilted letter's box is higher than the letter: its own corners lie outside of it.
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    if not _WORD_MM[0] * mm <= right - left <= _WORD_MM[1] * mm:
        return None
    if bottom - top > 2 * _LETTER_MM[1] * mm:
        return None
    across, down = (left + right) / 2, (top + bottom) / 2
    middle = across * cosine - down * sine, across * sine + down * cosine
    pad = 2 * _PAD_MM * mm
    return cut_level(grey, middle, (right - left + pad, bottom - top + pad), tilt)
