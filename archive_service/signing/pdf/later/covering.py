"""Print that an opaque picture hides, be it white, black, or with other print on it."""

from typing import Any

_DIGIT = (10.0, 7.0)  # up and across, in units of the page: what hides less hides no digit
_BOX = (10.0, 20.0)  # no stroke of a seal fills this
_FULL, _HALF, _SOME = 0.95, 0.5, 0.03  # of such a spot
_FAINTEST = 32  # of 255: print differs by more from the paper than a scan of it from itself
_SHADED = 96  # of 255: the paper of a page is not darker in its corners
_SHINES_THROUGH = 64  # of 255: what lies below can still be told
_RED = 80  # by which red is above the other colours in the ink of a seal
_RULE, _THICK = 20.0, 4.0  # a straight line that long, and not that thick, is a frame
_CROSSED = 6.0  # square units of print: about a stroke through one letter
_APART = (3.0, 8.0)  # dots of a letter lie that far above one another, those of a dotted line not


def paper_of(region: Any) -> Any:
    """The colour of most of its dots."""
    import numpy as np

    return np.median(region.reshape(-1, region.shape[2]), axis=0).astype(np.int16)


def print_on(region: Any, paper: Any) -> Any:
    """Dots that differ from the paper there; from the ``paper`` of the page within a photograph."""
    import numpy as np

    colours, here = region.astype(np.int16), paper_of(region)
    ground = here if np.abs(here - paper).max() < _SHADED else paper
    return np.any(np.abs(colours - ground) > _FAINTEST, axis=2)


def is_opaque(on_white: Any, on_black: Any) -> Any:
    """Dots of a picture that look alike on any ground."""
    import numpy as np

    between = on_white.astype(np.int16) - on_black
    return np.all(np.abs(between) < _SHINES_THROUGH, axis=2)


def hides_print(printed: Any, opaque: tuple[Any, Any], after: Any, scale: float) -> bool:
    """Whether the print of a digit or more lies below something opaque that was not there.

    Strokes of a seal cross print and hide none of it; red may be wider, as a star in a seal is.

    Args:
        opaque: before and after.
        after: colours, blue first.
    """
    import numpy as np

    text = _text(printed, scale)
    if not text.any():
        return False
    before, now = opaque
    colours = after.astype(np.int16)
    red = (colours[:, :, 2] - np.maximum(colours[:, :, 0], colours[:, :, 1])) > _RED
    return any(
        _is_full(text, before, hiding, tuple(max(round(side * scale), 2) for side in spot))
        for hiding, spot in ((now & ~red, _DIGIT), (now, _BOX))
    )


def crosses_text(printed: Any, differ: Any, scale: float) -> bool:
    """Whether letters, and not a frame or a dotted line alone, differ in more than their edges."""
    return int((_text(printed, scale) & differ).sum()) >= _CROSSED * scale * scale


def _is_full(text: Any, before: Any, now: Any, spot: tuple[int, ...]) -> bool:
    """Whether some spot with print on it is hidden, and was not."""
    high, wide = min(spot[0], text.shape[0]), min(spot[1], text.shape[1])
    of_spot = high * wide
    found = _sums(now, high, wide) >= _FULL * of_spot
    found &= _sums(before, high, wide) <= _HALF * of_spot
    found &= _sums(text, high, wide) >= _SOME * of_spot
    return bool(found.any())


def _sums(dots: Any, high: int, wide: int) -> Any:
    """How many dots are set in each rectangle of that size."""
    import numpy as np

    total = np.zeros((dots.shape[0] + 1, dots.shape[1] + 1), np.int32)
    total[1:, 1:] = dots.cumsum(0, dtype=np.int32).cumsum(1, dtype=np.int32)
    upper, lower = total[:-high], total[high:]
    return lower[:, wide:] - lower[:, :-wide] - upper[:, wide:] + upper[:, :-wide]


def _opened(dots: Any, high: int, wide: int) -> Any:
    """Dots within rectangles of that size that are wholly set."""
    import numpy as np

    if high > dots.shape[0] or wide > dots.shape[1]:
        return np.zeros_like(dots)
    full = _sums(dots, high, wide) == high * wide
    around = np.pad(full, ((high - 1, high - 1), (wide - 1, wide - 1)))
    return _sums(around, high, wide) > 0


def _text(printed: Any, scale: float) -> Any:
    """Print without frames and dotted lines."""
    import numpy as np

    long, thick = (max(round(share * scale), 2) for share in (_RULE, _THICK))
    rules = _opened(printed, 1, long) | _opened(printed, long, 1)
    dots = printed & ~(rules & ~_opened(printed, thick, thick))
    kept = np.zeros_like(dots)
    least, most = (max(round(share * scale), 1) for share in _APART)
    for by in range(least, min(most, dots.shape[0] - 1) + 1):
        kept[by:] |= dots[:-by]
        kept[:-by] |= dots[by:]
    for _ in range(least):  # letters lean, and are round
        wider = kept.copy()
        wider[:, 1:] |= kept[:, :-1]
        wider[:, :-1] |= kept[:, 1:]
        kept = wider
    return dots & kept
