"""How a page lies: its skew, and whether its lines run across, up, or upside down."""

import math
from dataclasses import dataclass
from typing import Any

from archive_service.formats.measure.prepared import Pieces, Prepared

MAX_SKEW_DEG = 15.0
LEAST_POINTS = 600  # pixels of ink; fewer say nothing about a direction
MOST_POINTS = 24_000  # more say nothing new
STEPS_DEG = (0.5, 0.1, 0.02)
CLEARLY = 1.05  # by how much a direction must stand out beside the page's own
OUTSTANDING = 4.0  # and beside most others: lines do six times and more, a seal and a hand do not
SIDEWAYS = 1.6  # from here on its lines run up and down
LETTER_MM = (1.2, 9.0)  # the longer side of a letter, or of some that touch
MOST_ASKED = 200  # letters; more say nothing new
LEAST_ASKED = 20
SWUNG_MM = (20.0, 3.0)  # longer and wider than that: a seal, a swing of a pen, no line of print
STRIP_MM = 45.0  # lines beside each other rarely share a height
BODY = 0.45  # of the fullest row of a line: the height of small letters
LINE_MM = (1.2, 9.0)
LEAST_LINES = 3
LEAST_MARKS = 0.05  # of the ink of all lines: words have 0.06 and more, figures and capitals 0.03


@dataclass(frozen=True, slots=True)
class Lie:
    """``sideways`` and ``upright`` as in ``PageMeasures``."""

    skew_deg: float
    sideways: float
    upright: float | None
    turn_deg: int


def measure(page: Prepared, pieces: Pieces) -> Lie:
    """By the ink alone; nothing is read."""
    import numpy as np

    sides = pieces.measures[:, 2:4]
    swung = (sides.max(axis=1) > page.pixels(SWUNG_MM[0])) & (
        sides.min(axis=1) > page.pixels(SWUNG_MM[1])
    )
    swung[0] = True  # the paper
    rows, columns = np.nonzero(~swung[pieces.labels])
    if len(rows) < LEAST_POINTS:
        rows, columns = np.nonzero(page.ink)
    if len(rows) < LEAST_POINTS:
        return Lie(0.0, 0.0, None, 0)
    thinned = slice(None, None, max(1, len(rows) // MOST_POINTS))
    y, x = rows[thinned].astype(np.float32), columns[thinned].astype(np.float32)
    sideways = _nearer_above(page, pieces.measures[1:])
    if sideways is None:
        across, down = _best(y, x)[0], _best(x, -y)
        sideways = round(down[0] / across, 2) if across and down[2] else 0.0
    turned = sideways > SIDEWAYS
    skew = _best(x, -y)[1] if turned else _best(y, x)[1]
    strip = page.pixels(STRIP_MM)
    if not turned:
        upright = _upright(*_laid(rows, columns, skew), strip, page)
        turn = 180 if upright is not None and upright < 0 else 0
        return Lie(round(skew, 2), sideways, upright, turn)
    # As if turned by 90 degrees clockwise: what was below stands at the left.
    upright = _upright(*_laid(columns, -rows, skew), strip, page)
    turn = 90 if upright is None or upright >= 0 else 270
    return Lie(round(skew, 2), sideways, upright, turn)


def _nearer_above(page: Prepared, pieces: Any) -> float | None:
    """How many letters have their next one above or below, to one that has it beside.

    The letters of a line stand closer than lines do, however alike the lines are. ``None`` where
    there are too few letters.
    """
    import numpy as np

    longest = pieces[:, 2:4].max(axis=1)
    low, high = (page.pixels(mm) for mm in LETTER_MM)
    letters = pieces[(longest >= low) & (longest <= high)]
    asked = letters[:: max(1, len(letters) // MOST_ASKED)]
    if len(asked) < LEAST_ASKED:
        return None
    far = max(page.ink.shape)
    apart = []
    for side in (0, 1):
        begins, ends = letters[:, side], letters[:, side] + letters[:, side + 2]
        own, own_end = asked[:, side, None], asked[:, side, None] + asked[:, side + 2, None]
        apart.append(np.maximum(begins - own_end, own - ends))
    across, down = apart
    beside = np.where((down < 0) & (across >= 0), across, far).min(axis=1)
    above = np.where((across < 0) & (down >= 0), down, far).min(axis=1)
    up_and_down, level = int((above < beside).sum()), int((beside < above).sum())
    if up_and_down + level < LEAST_ASKED:
        return None
    return round((up_and_down + 1) / (level + 1), 2)


def _best(y: Any, x: Any) -> tuple[float, float, bool]:
    """The sharpest profile that a direction gives, that direction, and whether any stands out.

    The direction is 0.0 where none does.
    """
    import numpy as np

    def sharpness(degrees: float) -> float:
        angle = math.radians(degrees)
        along = y * math.cos(angle) - x * math.sin(angle)
        profile = np.bincount((along - along.min()).astype(np.int32))
        return float(np.square(np.diff(profile)).sum())

    coarse, middle, fine = STEPS_DEG
    asked = np.arange(-MAX_SKEW_DEG, MAX_SKEW_DEG + 0.01, coarse)
    sizes = [sharpness(degrees) for degrees in asked]
    level = sharpness(0.0)
    if max(sizes) < OUTSTANDING * float(np.median(sizes)):
        return level, 0.0, False
    found = asked[int(np.argmax(sizes))]
    found = max(np.arange(found - coarse, found + coarse + 0.001, middle), key=sharpness)
    found = float(max(np.arange(found - middle, found + middle + 0.001, fine), key=sharpness))
    outdone = sharpness(found) > CLEARLY * level
    return (sharpness(found), found, True) if outdone else (level, 0.0, True)


def _laid(y: Any, x: Any, skew_deg: float) -> tuple[Any, Any]:
    """Points with the lines level."""
    import numpy as np

    angle = math.radians(skew_deg)
    level = y * math.cos(angle) - x * math.sin(angle)
    return (level - level.min()).astype(np.int32), (x - x.min()).astype(np.int32)


def _upright(y: Any, x: Any, strip: int, page: Prepared) -> float | None:
    """(ink above small letters - ink below) / both, over all lines; ``None``: too little of it."""
    import numpy as np

    height = int(y.max()) + 1
    count = int(x.max()) // strip + 1
    profiles = np.bincount(y + height * (x // strip), minlength=height * count)
    shortest, longest = (page.pixels(mm) for mm in LINE_MM)
    above = below = ink = lines = 0
    for profile in profiles.reshape(count, height):
        for begin, end in _runs(profile > max(1, strip // 80)):
            if not shortest <= end - begin <= longest:
                continue
            line = profile[begin:end]
            body = np.nonzero(line >= BODY * line.max())[0]
            if len(body) < 2:
                continue
            above += int(line[: body[0]].sum())
            below += int(line[body[-1] + 1 :].sum())
            ink += int(line.sum())
            lines += 1
    if lines < LEAST_LINES or above + below < LEAST_MARKS * ink:
        return None
    return round((above - below) / (above + below), 3)


def _runs(full: Any) -> list[tuple[int, int]]:
    """Begin and end of each run of true values."""
    import numpy as np

    steps = np.flatnonzero(np.diff(np.concatenate(([0], full.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(steps[::2], steps[1::2], strict=True)]
