"""Thin dark lines down the whole page, from dust under the glass of a scanner, taken off the text.

Paper moves over the dust, so that a streak is exactly upright in the scan, reaches from edge to
edge and goes through letters. The engine takes it for I or l and parts the words that it crosses. A
rule of a table ends before the edge, or has no letters on it: it stays.
Through the crease of a folded sheet letters are seen: it is left to the engine.
"""

from collections.abc import Iterator

from digitize.ocr.clean import INK, MM_PER_INCH, Image, only_grey

_BESIDE_MM = 0.75  # from a streak to the paper beside it
_BLURRED_MM = 0.2  # of its edges, on either side
_STEP = 3  # every third row tells enough
_BANDS = 12  # of the page's height: a streak is seen in each of them
_PAPER = 0.85  # of the usual grey: paper, from here on
_DARKER = 22  # levels of grey, than the paper beside it
_THERE = 0.9  # of the rows in a band that have paper on both sides
_TELLING = 0.15  # of the rows in a band that have it, at least
_BESIDE = 25  # levels of grey by which letters are darker than the blurred edge of a streak
_UNDER_CREASE, _FEW = 45, 0.005  # the same below a crease, and the share of such rows
_TOUCHED_MM = 1.5  # of letters beside a streak, all in all
_RULE_MM = 5.0  # ink so long beside a streak is the rule of a table


def without_streaks(colour: Image, *, dpi: float) -> Image:
    """The page as a clean scanner would have seen it; the very image where it has no streak."""
    mm = dpi / MM_PER_INCH
    grey = only_grey(colour)
    found = [
        (left, right)
        for left, right in _streaks(grey[::_STEP], mm)
        if _touched(grey, left, right, mm) >= _TOUCHED_MM * mm and _covers(grey, left, right)
    ]
    cleaned = colour.copy() if found else colour
    for left, right in found:
        _bridge(cleaned, left, right)
    return cleaned


def _streaks(rows: Image, mm: float) -> Iterator[tuple[int, int]]:
    """The columns to the left and to the right of each."""
    import numpy as np

    beside, blurred = max(2, round(_BESIDE_MM * mm)), max(1, round(_BLURRED_MM * mm))
    high, wide = rows.shape
    if wide <= 2 * beside or high < _BANDS:
        return
    sides = np.minimum(rows[:, : -2 * beside], rows[:, 2 * beside :])
    tells = sides >= _PAPER * float(np.median(rows))
    darker = tells & (rows[:, beside:-beside] < sides.astype(np.int16) - _DARKER)
    starts = np.arange(_BANDS) * high // _BANDS
    telling = np.add.reduceat(tells, starts, axis=0, dtype=np.int32)
    there = np.add.reduceat(darker, starts, axis=0, dtype=np.int32)
    found = ((there >= _THERE * telling) & (telling >= _TELLING * high / _BANDS)).all(axis=0)
    edges = np.flatnonzero(np.diff(np.pad(found.astype(np.int8), 1))) + beside
    for first, end in edges.reshape(-1, 2).tolist():
        yield max(0, first - 1 - blurred), min(wide - 1, end + blurred)


def _touched(grey: Image, left: int, right: int, mm: float) -> int:
    """Rows in which ink that is no rule lies against the streak."""
    rule = round(_RULE_MM * mm)
    before, after = grey[:, max(0, left + 1 - rule) : left + 1] < INK, grey[:, right:] < INK
    ruled = before.all(axis=1) | after[:, :rule].all(axis=1)
    return int(((before[:, -1] | after[:, 0]) & ~ruled).sum())


def _covers(grey: Image, left: int, right: int) -> bool:
    """Whether no letter is seen through it: letters under a crease are darker than the crease."""
    import numpy as np

    part = (right - left) // 3
    lightest = grey[:, left + part + 1 : right - part].max(axis=1)
    darker = lightest < np.median(lightest) - _UNDER_CREASE
    return bool(darker.mean() < _FEW)


def _bridge(colour: Image, left: int, right: int) -> None:
    """From one side of a streak to the other, save where letters reach into its edges."""
    import numpy as np

    there = colour[:, left : right + 1]
    grey = only_grey(there)
    seen = grey < np.median(grey, axis=0) - _BESIDE
    share = np.linspace(0, 1, right - left + 1, dtype=np.float32)
    share = share.reshape(1, -1, *(1,) * (colour.ndim - 2))
    ends = there[:, :: right - left].astype(np.float32)
    bridged = np.rint(ends[:, :1] * (1 - share) + ends[:, 1:] * share)
    there[~seen] = bridged[~seen]
