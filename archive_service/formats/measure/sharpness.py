"""How fine the strokes of a page really are, and what compression did to them.

Rows on either side of a border of JPEG blocks show the same strokes with noise of their own, so
their cross-spectrum keeps the strokes and drops the noise. Times the square of the frequency it
is level for perfect edges; blur of one sigma makes it fall as a Gaussian does.

A page that was enlarged repeats itself at the pixels that were there before: the second difference
along the rows swings with their distance (A. C. Gallagher, Detection of linear and cubic
interpolation in JPEG compressed images, 2005). So do the letters of a typewriter, dotted lines
and the rules of tables; but these in one direction alone, or at many distances together.
"""

from dataclasses import dataclass
from typing import Any

from archive_service.formats.measure.prepared import BLOCK, Prepared, Rows, grey_rows

BANDS = 80  # of the frequencies up to half a cycle a pixel
LOW = 0.03  # cycles a pixel: below is the shade of the paper
SLOPES = ((0.08, 0.20), (0.06, 0.16))  # where blur is read; the second for heavy blur
COARSE = (0.012, 0.03)  # cycles a pixel: what no slope tells of still leaves ink there
OUT_OF_FOCUS = 0.5  # of the coarse level there; scans in focus keep twice as much and more
WRITTEN = 0.0005  # of the page is ink, at least
STEEP = 0.3  # of the page's range of tones from one pixel to the next: something is in focus
HEAVIEST = 8  # as many pixels of a row are joined into one, at most, to read such blur
NOTHING = 0.003  # of the strokes' level: below is what the noise leaves
LEAST_ENERGY = 1.0  # levels squared; a blank page has less
LEAST_STEP = 10.0  # levels: below are noise and the borders of blocks
MOST_STEP = 60.0  # of a second difference: single strokes do not outweigh the page
SLOWEST = 0.12  # cycles a pixel: enlarged eight times and more is seen with the naked eye
NEAR_BLOCK = 0.0025  # cycles a pixel on either side of what blocks of 8 pixels repeat
CLEAR_PEAK = 12.0  # times the median; good pages stay below 7, blurred ones below 9
DOUBLED = (3.5, 14.0)  # half a cycle: above what blocks repeat, and above the median
THIRD_MORE = (2.0, 7.0)  # a quarter of a cycle: above an eighth and three, and above the median
FINE_QUALITY = 75  # coarser tables repeat at half a cycle themselves
THREE = (5.0, 14.0)  # three eighths: above an eighth and a quarter, and above the median
THREE_STEPS = (2.0, 12.0)  # the same of the first difference
FIVE = (2.5, 12.0)  # three eighths are five as well
FIVE_BLUR = 1.15  # pixels: more is a blurred page, whose blocks repeat alike
LIKE_PEAK = 0.36  # of the peak: as high as this, print repeats at another distance as well
TURNS = 3  # of the distance: what pixels repeat at, too; print does at more
OTHER_WAY = 2.8  # times the median: as high, at least, stands the same peak in the other direction
PARTS_OTHER_WAY = 3.0  # the same of halves and quarters
SHARP_AT = 0.24  # cycles a pixel: who enlarges four times and more cannot keep edges sharp
SMOOTHED = 0.25  # of the distance of the pixels that were there: the least sigma then


@dataclass(frozen=True, slots=True)
class Sharpness:
    """``kept``: of the resolution; 1 where the page was not enlarged. ``blur_px`` one sigma."""

    kept: float | None
    blur_px: float | None


def measure(page: Prepared, *, sideways: bool, ink_share: float, quality: int | None) -> Sharpness:
    """By the strokes of the page; nothing where there are none.

    Args:
        page: the page.
        ink_share: a blank page has folds and shadows alone, which are soft in focus, too.
        sideways: its lines run up and down; across them, lines repeat themselves.
        quality: of its JPEG tables.
    """
    most = HEAVIEST if ink_share >= WRITTEN else 1
    across = _blur(page.upper, page.lower, most=most)
    if across is None:
        return Sharpness(None, None)
    right = page.full[:, BLOCK :: 2 * BLOCK]
    left = page.full[:, BLOCK - 1 :: 2 * BLOCK][:, : right.shape[1]]
    columns = [grey_rows(side.swapaxes(0, 1)) for side in (left, right)]
    # A feeder blurs in one direction.
    blur = round(max(across, _blur(*columns, most=most) or 0.0), 2)
    fine = quality is None or quality >= FINE_QUALITY
    along, across_it = (columns[0], page.upper) if sideways else (page.upper, columns[0])
    return Sharpness(_kept(along, across_it, fine=fine, blur=blur), blur)


def _blur(first: Rows, second: Rows, *, most: int) -> float | None:
    """Sigma in pixels; where the strokes left nothing to read it by, read of joined pixels."""
    import numpy as np

    curve, joined, found = transfer(first, second), 1, 0.0
    if curve is None:
        return None
    most = 1 if _is_in_focus(first) else most
    while curve is not None:
        frequency, passed = curve
        found = joined * _slope_sigma(frequency, passed)
        fine, coarse = (
            float(passed[(frequency >= low) & (frequency <= high)].mean())
            for low, high in (SLOPES[-1], COARSE)
        )
        if fine >= OUT_OF_FOCUS * coarse or joined == most:
            break
        joined *= 2
        halves = (rows[:, : rows.shape[1] // 2 * 2] for rows in (first, second))
        first, second = ((rows[:, ::2] + rows[:, 1::2]) / np.float32(2) for rows in halves)
        curve = transfer(first, second)
    return found


def _is_in_focus(rows: Rows) -> bool:
    """Whether a few steps are steep: wide strokes and plans have nothing fine and are sharp."""
    import numpy as np

    lightest, darkest = np.percentile(rows, (99.8, 0.2))
    steepest = np.percentile(np.abs(np.diff(rows, axis=1)), 99.99)
    return bool(steepest > STEEP * (lightest - darkest))


def _slope_sigma(frequency: Rows, passed: Rows) -> float:
    """From the slope of the transfer over the square of the frequency."""
    import numpy as np

    found = 0.0
    for low, high in SLOPES:
        part = (frequency >= low) & (frequency <= high)
        fall = np.log(np.maximum(passed[part], NOTHING))
        slope = float(np.polyfit(frequency[part] ** 2, fall, 1)[0])
        found = max(found, float(np.sqrt(max(0.0, -slope)) / (2 * np.pi)))
    return found


def transfer(first: Rows, second: Rows) -> "tuple[Rows, Rows] | None":
    """Frequencies in cycles a pixel, and the part of the strokes' energy that is left there."""
    import cv2
    import numpy as np

    if min(first.shape) < 4 * BLOCK:
        return None
    length = first.shape[1]
    window = np.hanning(length).astype(np.float32)
    both = []
    for rows in (first, second):
        level = cv2.reduce(rows, 1, cv2.REDUCE_AVG)
        both.append(cv2.dft((rows - level) * window, flags=cv2.DFT_ROWS))
    # Packed as Re 0, Re 1, Im 1, Re 2 …: the sum of products is the real part of F · conj(G).
    product = np.einsum("ij,ij->j", both[0], both[1]) / (len(first) * float(length) ** 2)
    pairs = (length - 1) // 2
    power = product[1 : 2 * pairs + 1].reshape(pairs, 2).sum(axis=1)
    frequency = np.arange(1, pairs + 1) / length
    if (
        float(power[frequency > LOW].sum()) * 2 * length / float(np.square(window).sum()) * length
        < LEAST_ENERGY
    ):
        return None
    edges = power * frequency**2
    band = np.minimum((frequency * 2 * BANDS).astype(int), BANDS - 1)
    counts = np.maximum(np.bincount(band, minlength=BANDS), 1)
    passed = np.bincount(band, weights=edges, minlength=BANDS) / counts
    middle = (np.arange(BANDS) + 0.5) / (2 * BANDS)
    strokes = float(passed[(middle >= LOW) & (middle <= SLOPES[0][0])].mean())
    if strokes <= 0:
        return None
    return middle.astype(np.float32), (passed / strokes).astype(np.float32)


def _kept(rows: Rows, columns: Rows, *, fine: bool, blur: float) -> float:
    """The part of the pixels that were there before enlarging, by both directions."""
    import numpy as np

    bends, steps = (_swing(np.diff(rows, n=n, axis=1)) for n in (2, 1))
    peak = _peak(bends)
    if float(bends[1][peak]) > CLEAR_PEAK:
        part = float(bends[0][peak])
        sharp = part < SHARP_AT and blur < SMOOTHED / part
        if not sharp and _stands_alone(bends, part) and _bends_too(columns, part):
            return round(part, 3)
    # What blocks repeat hides it there: three or five pixels made eight still stand above them.
    elif (eighths := _eighths(bends, steps, blur=blur)) and _bends_too(columns, 3 / BLOCK):
        return eighths / BLOCK
    # And the first difference shows what the second does not.
    eighth, quarter, three, half = _parts(steps)
    across = _parts(_swing(np.diff(columns, axis=1)))
    most = float(np.where(_of_blocks(steps[0]), 0, steps[1])[steps[0] < 0.5 - NEAR_BLOCK].max())
    if (
        quarter > max(THIRD_MORE[0] * max(eighth, three), THIRD_MORE[1], most)
        and across[1] > PARTS_OTHER_WAY
    ):
        return 0.75  # of four pixels in a row, three were there before
    # Twice as large: both halves of a pixel bend alike, but differ in their steps.
    if (
        fine
        and half > max(DOUBLED[0] * max(eighth, quarter, three), DOUBLED[1], most)
        and across[3] > PARTS_OTHER_WAY
    ):
        return 0.5
    return 1.0


def _eighths(bends: tuple[Any, Any], steps: tuple[Any, Any], *, blur: float) -> int:
    """How many of eight pixels in a row were there before: three, five, or 0 for neither."""
    eighth, quarter, bent, _ = _parts(bends)
    blocks = max(eighth, quarter)
    if bent > max(THREE[0] * blocks, THREE[1]):
        eighth, quarter, stepped, _ = _parts(steps)
        if stepped > max(THREE_STEPS[0] * max(eighth, quarter), THREE_STEPS[1]):
            return 3
    return 5 if bent > max(FIVE[0] * blocks, FIVE[1]) and blur < FIVE_BLUR else 0


def _bends_too(columns: Rows, part: float) -> bool:
    """Whether the other direction repeats there, too."""
    import numpy as np

    return _stands_out(_swing(np.diff(columns, n=2, axis=1)), part)


def _of_blocks(frequency: Any) -> Any:
    """Where the blocks of a JPEG repeat themselves."""
    import numpy as np

    return np.minimum(frequency * BLOCK % 1, 1 - frequency * BLOCK % 1) / BLOCK < NEAR_BLOCK


def _peak(swing: tuple[Any, Any]) -> int:
    """Where it is highest, but for the blocks of a JPEG."""
    import numpy as np

    return int(np.argmax(np.where(_of_blocks(swing[0]), 0, swing[1])))


def _stands_alone(swing: tuple[Any, Any], part: float) -> bool:
    """Whether nothing else repeats so strongly: pixels do at one distance, print at many."""
    import numpy as np

    frequency, size = swing
    turns = np.arange(1, TURNS + 1) * part % 1
    same = np.abs(frequency[:, None] - np.minimum(turns, 1 - turns)) < 2 * NEAR_BLOCK
    others = np.where(_of_blocks(frequency) | same.any(axis=1), 0, size)
    return bool(others.max() < LIKE_PEAK * size[_peak(swing)])


def _stands_out(swing: tuple[Any, Any], part: float) -> bool:
    """Whether there is a peak just there; a page of few lines has a broad one."""
    import numpy as np

    frequency, size = swing
    away = np.abs(frequency - part)
    there = float(size[away < NEAR_BLOCK / 2].max(initial=0))
    near = float(size[(away >= NEAR_BLOCK / 2) & (away < 4 * NEAR_BLOCK)].max(initial=0))
    return there > max(OTHER_WAY, near)


def _parts(swing: tuple[Any, Any]) -> tuple[float, float, float, float]:
    """How much repeats every eight pixels, every four, three times in eight, and every two."""
    frequency, size = swing
    eighth, quarter, three = (
        float(size[abs(frequency - part / BLOCK) < NEAR_BLOCK].max()) for part in (1, 2, 3)
    )
    return eighth, quarter, three, float(size[frequency > 0.5 - NEAR_BLOCK].max(initial=0))


def _swing(steps: Any) -> tuple[Any, Any]:
    """What the size of the steps repeats with, beside the median of all frequencies."""
    import cv2
    import numpy as np

    size = np.clip(np.abs(steps) - LEAST_STEP, 0, MOST_STEP).mean(axis=0)
    size = (size - cv2.blur(size[None], (33, 1))[0]) * np.hanning(len(size))
    frequency = np.arange(len(size)) / len(size)
    kept = (frequency > SLOWEST) & (frequency <= 0.5 + 1 / len(size))
    swing = np.abs(np.fft.fft(size))[kept]
    return frequency[kept], swing / (float(np.median(swing)) or 1.0)
