"""Print in red, which cleaning whitens as if it were a stamp: found outside stamps, read alone."""

from typing import TYPE_CHECKING

from digitize.ocr.clean import CleanedPage, Image, as_it_was_read, balance_white, red_ink_of
from digitize.ocr.hard_pages.hidden_rows import read_hidden, usual_height
from digitize.ocr.stamps.found import has_red
from digitize.ocr.words import Line

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from tesserocr import PyTessBaseAPI

_STAMP = 4.0  # heights of words: what is larger in both directions is a ring or a frame
_FRAME = 1.4  # the same, of a frame around one row; letters fill no side of their box
_EDGE, _ALONG = 0.2, 0.8  # of a box: how far in a side is looked for, and how much of it is there
_LEAST_SIGNS = 2  # a short word among black ones


def with_red_print(
    engine: "PyTessBaseAPI",
    page: CleanedPage,
    colour: Image,
    lines: tuple[Line, ...],
    *,
    dpi: float,
) -> tuple[Line, ...]:
    """The lines with the sure words of red rows, and of red words in rows of black ones.

    Args:
        page: the image that was read, and its way to ``colour``.
        colour: the upright page, rows of B, G, R, or one grey channel.
    """
    import cv2
    import numpy as np

    high = usual_height(lines)
    if high is None or not has_red(colour):
        return lines
    white = balance_white(colour)
    red = _outside_stamps(red_ink_of(white), high)
    if not red.any():
        return lines
    there = np.where(
        as_it_was_read(red, page.to_page, page.image.shape) > 0, np.uint8(0), np.uint8(255)
    )
    grey = np.asarray(cv2.cvtColor(white, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    all_ink = as_it_was_read(grey, page.to_page, page.image.shape, around=255)
    return read_hidden(engine, all_ink, lines, dpi=dpi, signs=there, least=_LEAST_SIGNS)


def _outside_stamps(red: Image, high: float) -> Image:
    """Red ink that neither is a ring or a frame nor lies within one."""
    import cv2
    import numpy as np

    joined = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    print_alone = red.copy()
    for number, (left, top, width, height, _) in enumerate(stats[1:], start=1):
        there = slice(top, top + height), slice(left, left + width)
        large = min(width, height) > _STAMP * high
        if large or (min(width, height) > _FRAME * high and _is_frame(labels[there] == number)):
            print_alone[there] = 0
    return print_alone


def _is_frame(ink: "npt.NDArray[np.bool_]") -> bool:
    """Whether ink runs along all four sides of its box, a little askew or broken."""
    down, across = (round(_EDGE * side) for side in ink.shape)
    sides = ink[:down].any(0), ink[-down:].any(0), ink[:, :across].any(1), ink[:, -across:].any(1)
    return all(side.mean() > _ALONG for side in sides)
