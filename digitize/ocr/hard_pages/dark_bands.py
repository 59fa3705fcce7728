"""Light letters on a dark band, such as the coloured head of a table, as dark ones on white.

The engine is not asked to look for them: on paper it made words of noise and took time. A band is
an even dark rectangle with some light in it; pictures are uneven, black edges have no light.
"""

from collections.abc import Iterator

from digitize.ocr.clean import MM_PER_INCH, Image, only_grey

_DPI = 40.0  # bands are looked for on a page of so few pixels
_DARK = 140
_FILLED_MM = 3.0  # letters inside are filled, strokes of letters outside are dropped
_LEAST_MM = 12.0, 4.0  # width and height
_FULL = 0.85  # of the rectangle around it
_LIGHT = (0.02, 0.45)  # share of a band that its letters have
_EVEN = 16.0  # standard deviation of the dark of a band
_APART = 70  # grey levels between its letters and its dark


def with_bands_turned(colour: Image, *, dpi: float) -> Image:
    """The page with its bands black on white; the very image where it has none."""
    grey = only_grey(colour)
    turned = None
    for place in _bands(grey, dpi):
        inside = _turned(grey[place])
        if inside is None:
            continue
        turned = colour.copy() if turned is None else turned
        turned[place] = inside[..., None] if colour.ndim == 3 else inside
    return colour if turned is None else turned


def _bands(grey: Image, dpi: float) -> Iterator[tuple[slice, slice]]:
    import cv2
    import numpy as np

    share = min(1.0, _DPI / dpi)
    small = cv2.resize(grey, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    mm = dpi * share / MM_PER_INCH
    kernel = np.ones((max(3, round(_FILLED_MM * mm)),) * 2, np.uint8)
    _, dark = cv2.threshold(small, _DARK, 1, cv2.THRESH_BINARY_INV)
    dark = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    filled = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, kernel, borderValue=0)
    solid = cv2.morphologyEx(filled, cv2.MORPH_OPEN, kernel)
    _, _, found, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    for left, top, width, height, area in found[1:]:
        if width < _LEAST_MM[0] * mm or height < _LEAST_MM[1] * mm or area < _FULL * width * height:
            continue
        rows, columns = (
            slice(round(start / share), round((start + length) / share))
            for start, length in ((top, height), (left, width))
        )
        yield rows, columns


def _turned(band: Image) -> Image | None:
    """Dark on white; nothing where it is a picture, or nothing stands in it."""
    import numpy as np

    ground = float(np.median(band))
    light = band > ground + _APART
    if not _LIGHT[0] < float(light.mean()) < _LIGHT[1] or ground >= _DARK:
        return None
    dark = band[band < ground + _APART / 2]
    if float(dark.std()) > _EVEN:
        return None
    letters = float(np.percentile(band[light], 75))
    share = (band.astype(np.float32) - ground) / max(letters - ground, 1.0)
    inside: Image = (255 - 255 * np.clip(share, 0, 1)).astype(np.uint8)
    return inside
