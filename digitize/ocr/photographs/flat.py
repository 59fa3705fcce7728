"""A photographed sheet laid flat for the engine, and what was read there laid back on the page.

Only the image that is read is straightened; the photograph stays as it came.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from digitize.ocr.clean import MM_PER_INCH, Image, Matrix
from digitize.ocr.photographs.sheet import Sheet, find_sheet
from digitize.ocr.pixels import PagePixels
from digitize.ocr.words import Line, PageReading, Word

Place = Callable[[float, float], tuple[float, float]]

_A4_LONG_IN = 11.69
_PAPER_MM = (190.0, 440.0)  # the longer side of A5 to A3: what a header says beyond is no scan's
_ROWS = 256  # that are straightened at a time
_DEGREE = 4  # of the curve that an edge of the paper follows
_CURLED = 0.006  # of the height: an edge bent less is straight
_FROM_SIDE = 1.03  # a side as long as so many times the opposite one, or more, was not scanned
_RAGGED = 0.008  # of the height: one that strays so far from its curve is torn, or covered


@dataclass(frozen=True, slots=True)
class Flat:
    """A sheet laid flat: its size, and where each of its places lies on the photograph."""

    width: int
    height: int
    matrix: Any  # 3 × 3, from the flat sheet to the photograph
    from_side: bool  # no scanner sees a sheet so
    top: Any  # curves of the upper and the lower edge: powers of x / width, the highest first
    bottom: Any

    @property
    def is_of_photograph(self) -> bool:
        """Whether it was seen from the side, or bent: on the glass of a scanner it is not."""
        return self.from_side or max(len(self.top), len(self.bottom)) > 1

    def on_photograph(self, places: Any) -> Any:
        """Rows of x and y on the flat sheet, on the photograph."""
        import numpy as np

        x, y = places[:, 0], places[:, 1]
        upper, lower = np.polyval(self.top, x / self.width), np.polyval(self.bottom, x / self.width)
        bent = np.stack((x, upper + y / self.height * (lower - upper), np.ones_like(x)))
        across, down, far = self.matrix @ bent
        return np.stack((across / far, down / far), axis=1)

    def from_photograph(self, places: Any) -> Any:
        """The way back: rows of x and y on the photograph, on the flat sheet."""
        import numpy as np

        ones = np.column_stack((places, np.ones(len(places))))
        across, down, far = np.linalg.inv(self.matrix) @ ones.T
        x, y = across / far, down / far
        upper, lower = np.polyval(self.top, x / self.width), np.polyval(self.bottom, x / self.width)
        return np.stack((x, (y - upper) / (lower - upper) * self.height), axis=1)

    def of(self, image: Image) -> Image:
        """The sheet, cut out of its photograph and straightened."""
        import cv2
        import numpy as np

        size = self.width, self.height
        if len(self.top) == len(self.bottom) == 1:  # quicker, where nothing is bent
            how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            plain = cv2.warpPerspective(
                image, self.matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE
            )
            return plain.astype(np.uint8, copy=False)
        flat = np.empty((self.height, self.width, *image.shape[2:]), np.uint8)
        for begin in range(0, self.height, _ROWS):
            rows = np.arange(begin, min(begin + _ROWS, self.height), dtype=np.float64)
            x, y = np.meshgrid(np.arange(self.width, dtype=np.float64), rows)
            places = self.on_photograph(np.stack((x.reshape(-1), y.reshape(-1)), axis=1))
            across, down = (places[:, side].reshape(x.shape).astype(np.float32) for side in (0, 1))
            flat[begin : begin + len(rows)] = cv2.remap(
                image, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
        return flat


@dataclass(frozen=True, slots=True)
class Photographed:
    """A page that was photographed, and what it would be as a scan."""

    width_px: int
    height_px: int
    dpi: float  # of the sheet, if it is A4 or its photograph tells no other size


def flat_of(image: Image) -> Flat | None:
    """How the sheet on a photograph is laid flat; ``None``: the page fills the image."""
    sheet = find_sheet(image)
    return None if sheet is None else _laid_flat(sheet)


def straightened(pixels: PagePixels, flat: Flat | None) -> PagePixels:
    """The sheet as if it had been scanned; ``None``: the page was, and stays as it is."""
    if flat is None:
        return pixels
    longer = max(flat.width, flat.height)
    least, most = _PAPER_MM
    stated = least < longer / pixels.dpi * MM_PER_INCH < most
    return replace(
        pixels,
        image=flat.of(pixels.image),
        width_px=flat.width,
        height_px=flat.height,
        dpi=pixels.dpi if stated else longer / _A4_LONG_IN,
        turn_deg=0,
        scale=1.0,
    )


def laid_back(reading: PageReading, flat: Flat | None, pixels: PagePixels) -> PageReading:
    """What was read of the flat sheet, on the photograph.

    Words keep boxes that stand upright beside their lines: ``to_page`` is the way that comes
    nearest to the perspective, the boxes hold what is left of it.

    Args:
        reading: of the flat sheet.
        flat: how it was laid flat; ``None``: it was not, and the reading stays.
        pixels: the photograph.
    """
    if flat is None:
        return reading
    import numpy as np

    scale = pixels.scale
    corners = _corners(reading)
    there = scale * flat.on_photograph(_times(reading.to_page, corners))
    ones = np.column_stack((corners, np.ones(len(corners))))
    near = np.linalg.lstsq(ones, there, rcond=None)[0].T  # rows a c e, b d f
    back = np.linalg.inv(np.vstack((near, (0, 0, 1))))

    def place(x: float, y: float) -> tuple[float, float]:
        on_flat = _times(reading.to_page, np.array([(x, y)], dtype=np.float64))
        across, down = scale * flat.on_photograph(on_flat)[0]
        found = back @ (across, down, 1.0)
        return float(found[0]), float(found[1])

    (a, c, e), (b, d, f) = near.tolist()
    return replace(
        reading,
        width_px=pixels.width_px,
        height_px=pixels.height_px,
        dpi=pixels.dpi * scale,
        lines=tuple(_line_back(line, place) for line in reading.lines),
        stamped=tuple(_line_back(line, place) for line in reading.stamped),
        to_page=pixels.turned_back((a, b, c, d, e, f)),
    )


def _corners(reading: PageReading) -> Any:
    """Those of all words together, in pixels of the image that was read."""
    import numpy as np

    words = [word for line in (*reading.lines, *reading.stamped) for word in line.words]
    left, top = (
        min((getattr(word, side) for word in words), default=0) for side in ("left", "top")
    )
    right = max((word.right for word in words), default=reading.width_px)
    bottom = max((word.bottom for word in words), default=reading.height_px)
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)


def _times(matrix: Matrix, places: Any) -> Any:
    import numpy as np

    a, b, c, d, e, f = matrix
    x, y = places[:, 0], places[:, 1]
    return np.stack((a * x + c * y + e, b * x + d * y + f), axis=1)


def _line_back(line: Line, place: Place) -> Line:
    left, top, right, bottom = _box_back(line, place)
    return replace(
        line,
        words=tuple(_word_back(word, place) for word in line.words),
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        baseline_left=place(line.left, line.baseline_left)[1],
        baseline_right=place(line.right, line.baseline_right)[1],
    )


def _word_back(word: Word, place: Place) -> Word:
    left, top, right, bottom = _box_back(word, place)
    return replace(word, left=left, top=top, right=right, bottom=bottom)


def _box_back(item: Word | Line, place: Place) -> tuple[int, int, int, int]:
    """The upright box in the middle of where its four corners come to lie."""
    places = [place(x, y) for y in (item.top, item.bottom) for x in (item.left, item.right)]
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = places
    sides = (x1 + x3) / 2, (y1 + y2) / 2, (x2 + x4) / 2, (y3 + y4) / 2
    left, top, right, bottom = (round(side) for side in sides)
    return left, top, right, bottom


def _laid_flat(sheet: Sheet) -> Flat:
    import cv2
    import numpy as np

    sides = np.hypot(*(np.roll(sheet.corners, -1, axis=0) - sheet.corners).T)
    width, height = (max(1, round(float(max(sides[n], sides[n + 2])))) for n in (0, 1))
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    corners = sheet.corners.astype(np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(target, corners), dtype=np.float64)
    outline = np.column_stack((sheet.outline, np.ones(len(sheet.outline))))
    across, down, far = np.linalg.inv(matrix) @ outline.T
    x, y = across / far / width, down / far
    edges = [_edge(x, y, level, height) for level in (0.0, float(height))]
    from_side = max(max(sides[n] / sides[n + 2], sides[n + 2] / sides[n]) for n in (0, 1))
    return Flat(width, height, matrix, bool(from_side > _FROM_SIDE), *edges)


def _edge(x: Any, y: Any, level: float, height: int) -> Any:
    """The curve of the outline along the upper or the lower side; straight where it is none."""
    import numpy as np

    straight = np.array([level])
    near = (np.abs(y - level) < height / 8) & (x > 0.02) & (x < 0.98)
    if np.count_nonzero(near) < 10 * _DEGREE:
        return straight
    curve = np.polyfit(x[near], y[near], _DEGREE)
    strays = np.abs(np.polyval(curve, x[near]) - y[near]).max()
    seen = np.polyval(curve, np.linspace(0.02, 0.98, 25))
    bent = np.abs(seen - np.linspace(seen[0], seen[-1], 25)).max()
    return curve if strays < _RAGGED * height and bent > _CURLED * height else straight
