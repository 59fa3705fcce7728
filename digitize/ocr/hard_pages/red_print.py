"""Print in red, which cleaning whitens as if it were a stamp: found outside stamps, read alone."""

from typing import TYPE_CHECKING

from digitize.ocr.clean import CleanedPage, Image, balance_white, red_ink_of
from digitize.ocr.hard_pages.hidden_rows import read_hidden, usual_height
from digitize.ocr.stamps.found import has_red
from digitize.ocr.words import Line

if TYPE_CHECKING:
    from tesserocr import PyTessBaseAPI

_STAMP = 4.0  # heights of words: what is larger in both directions is a ring or a frame
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
    there = np.where(_on(page, red) > 0, np.uint8(0), np.uint8(255))
    grey = np.asarray(cv2.cvtColor(white, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    all_ink = _on(page, grey, around=255)
    return read_hidden(engine, all_ink, lines, dpi=dpi, signs=there, least=_LEAST_SIGNS)


def _outside_stamps(red: Image, high: float) -> Image:
    """Red ink that neither is a ring or a frame nor lies within one."""
    import cv2
    import numpy as np

    joined = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    print_alone = red.copy()
    least = _STAMP * high
    for left, top, width, height, _ in stats[1:]:
        if width > least and height > least:
            print_alone[top : top + height, left : left + width] = 0
    return print_alone


def _on(page: CleanedPage, image: Image, *, around: int = 0) -> Image:
    """The image of the upright page as it lies on the one that was read."""
    import cv2
    import numpy as np

    a, b, c, d, e, f = page.to_page
    return np.asarray(
        cv2.warpAffine(
            image,
            np.array([[a, c, e], [b, d, f]], dtype=np.float64),
            page.image.shape[::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderValue=around,
        ),
        dtype=np.uint8,
    )
