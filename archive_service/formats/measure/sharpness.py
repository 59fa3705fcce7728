"""How fine the strokes of a page really are, and what compression did to them.

Rows on either side of a border of JPEG blocks show the same strokes with noise of their own, so
their cross-spectrum keeps the strokes and drops the noise. Times the square of the frequency it
is level for perfect edges: what it loses towards fine detail is the blur of the page. A page that
was enlarged has nothing at all above the resolution that it was scanned at.
"""

from dataclasses import dataclass

from archive_service.formats.measure.prepared import BLOCK, Prepared, Rows, grey_rows

BANDS = 40  # of the frequencies up to half a cycle a pixel
LOW = (0.03, 0.09)  # cycles a pixel: the strokes as such
RESOLVED = 0.02  # of the level of the strokes: what is left here is not resolved
HALF = 0.25
LEAST_ENERGY = 0.4  # levels squared; a blank page has less
FLAT_STEP = 14.0  # levels; a larger one is an edge of ink, not a step between blocks


@dataclass(frozen=True, slots=True)
class Sharpness:
    """``detail`` as a share of the finest that the pixels could hold; ``blur_px`` one sigma."""

    detail: float | None
    blur_px: float | None


def measure(page: Prepared) -> Sharpness:
    """The worse of both directions: a feeder blurs in one."""
    across = _of_pairs(page.upper, page.lower)
    image = page.full
    right = image[:, BLOCK::BLOCK]
    left = image[:, BLOCK - 1 :: BLOCK][:, : right.shape[1]]
    down = _of_pairs(grey_rows(left).T.copy(), grey_rows(right).T.copy())
    found = [one for one in (across, down) if one.detail is not None]
    return min(found, key=lambda one: one.detail or 0.0, default=Sharpness(None, None))


def _of_pairs(first: Rows, second: Rows) -> Sharpness:
    import numpy as np

    curve = transfer(first, second)
    if curve is None:
        return Sharpness(None, None)
    frequency, passed = curve
    unresolved = np.nonzero(passed < RESOLVED)[0]
    detail = float(frequency[unresolved[0]]) * 2 if len(unresolved) else 1.0
    seen = frequency[passed >= HALF]
    # A Gaussian of sigma s passes exp(-4 (pi f s)^2) of the energy.
    half = float(seen[-1]) if len(seen) else float(frequency[0])
    blur = float(np.sqrt(-np.log(HALF)) / (2 * np.pi * half))
    return Sharpness(round(detail, 3), round(blur, 3))


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
    frequency = np.arange(1, pairs + 1, dtype=np.float32) / length
    energy = float(power[frequency > LOW[0]].sum()) * 2 * length / 0.375 / length
    if energy < LEAST_ENERGY:
        return None
    edges = power * frequency**2
    strokes = float(edges[(frequency >= LOW[0]) & (frequency <= LOW[1])].mean())
    if strokes <= 0:
        return None
    band = np.minimum((frequency * 2 * BANDS).astype(int), BANDS - 1)
    counts = np.bincount(band, minlength=BANDS)
    passed = np.bincount(band, weights=edges, minlength=BANDS) / np.maximum(counts, 1) / strokes
    middle = (np.arange(BANDS, dtype=np.float32) + 0.5) / (2 * BANDS)
    keep = middle >= LOW[0]
    return middle[keep].astype(np.float32), passed[keep].astype(np.float32)


def blocking(page: Prepared) -> float:
    """Steps at every eighth pixel beside the others, where there is no ink."""
    import numpy as np

    steps = np.abs(np.diff(page.upper, axis=1))
    steps[steps > FLAT_STEP] = 0
    mean = steps.mean(axis=0)
    usable = len(mean) // BLOCK * BLOCK
    if not usable:
        return 1.0
    by_phase = mean[:usable].reshape(-1, BLOCK).mean(axis=0)
    largest = int(np.argmax(by_phase))
    others = np.delete(by_phase, largest)
    return round(float((by_phase[largest] + 0.2) / (np.median(others) + 0.2)), 2)
