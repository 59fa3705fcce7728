"""What several measures need, made once: a reduced page, its ink, some rows in full."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Image = npt.NDArray[np.uint8]
    Rows = npt.NDArray[np.float32]
else:
    Image = Rows = Any

WORK_DPI = 100  # letters of 12 pt are 17 pixels high: enough for all but sharpness
A4_LONG_IN = 11.69
MM_PER_INCH = 25.4
BLOCK = 8  # pixels of a JPEG block
STROKE_MM = 3.0  # what is thinner is drawn or printed; what is thicker lies on the glass
LEAST_INK = 30  # levels; the noise of a scanner stays far below
INK_PART = 0.45  # of the strongest ink on the page


@dataclass(frozen=True, slots=True)
class Prepared:
    """One page, ready to be measured."""

    full: Image  # as it came: rows of B, G, R, or grey
    dpi: float  # stated, else guessed as if it were A4
    grey: Image  # reduced
    colour: Image | None  # reduced
    scale: int  # full pixels to one reduced pixel
    paper: Image  # the reduced page without what is drawn on it
    darkness: Image  # ``paper`` less ``grey``
    ink: Image  # 1 where a stroke of ink is
    upper: Rows  # last rows of the blocks of 8, in full width
    lower: Rows  # the rows below them

    @property
    def work_dpi(self) -> float:
        """Resolution of the reduced images."""
        return self.dpi / self.scale

    def pixels(self, millimetres: float) -> int:
        """At least one reduced pixel."""
        return max(1, round(millimetres / MM_PER_INCH * self.work_dpi))


@dataclass(frozen=True, slots=True)
class Pieces:
    """The ink in connected pieces; piece 0 is the paper."""

    labels: Any  # of each reduced pixel, the piece that it is of
    measures: Any  # a row a piece: left, top, width, height, area


def pieces_of(page: Prepared) -> Pieces:
    """The pieces of ink on a page."""
    import cv2

    _, labels, measures, _ = cv2.connectedComponentsWithStats(page.ink, connectivity=8)
    return Pieces(labels, measures)


def prepare(image: Image, *, dpi: float | None) -> Prepared:
    """Reduce the page and find its paper and ink."""
    import cv2
    import numpy as np

    assumed = dpi or max(image.shape[:2]) / A4_LONG_IN
    scale = max(1, round(assumed / WORK_DPI))
    height, width = (max(1, side // scale) for side in image.shape[:2])
    part = image[: height * scale, : width * scale]
    small = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
    colour = small if small.ndim == 3 else None
    grey = small if colour is None else cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
    side = max(3, round(STROKE_MM / MM_PER_INCH * assumed / scale))
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    darkness = cv2.subtract(paper, grey)
    strongest = _percentile(darkness, 0.998)
    ink = (darkness > max(LEAST_INK, round(INK_PART * strongest))).astype(np.uint8)
    upper, lower = _pairs(image)
    return Prepared(
        full=image,
        dpi=assumed,
        grey=_bytes(grey),
        colour=None if colour is None else _bytes(colour),
        scale=scale,
        paper=_bytes(paper),
        darkness=_bytes(darkness),
        ink=ink,
        upper=upper,
        lower=lower,
    )


def _pairs(image: Image) -> tuple[Rows, Rows]:
    """The two rows on either side of each border of blocks: their noise is not the same."""
    lower = image[BLOCK::BLOCK]
    upper = image[BLOCK - 1 :: BLOCK][: len(lower)]
    return grey_rows(upper), grey_rows(lower)


def grey_rows(part: Image) -> Rows:
    """Brightness of some rows of the page."""
    import cv2
    import numpy as np

    if not part.size:  # a page lower than a block has no pair of rows
        return np.zeros(part.shape[:2], dtype=np.float32)
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_BGR2GRAY) if part.ndim == 3 else part
    return np.ascontiguousarray(grey, dtype=np.float32)


def histogram(grey: Any) -> Any:
    """How many pixels have each of the 256 levels."""
    import cv2
    import numpy as np

    levels = np.asarray(grey, dtype=np.uint8)
    return cv2.calcHist([levels], [0], None, [256], [0, 256]).reshape(-1).astype(np.int64)


def level_at(counts: Any, share: float) -> int:
    """The level below which ``share`` of the pixels lie."""
    import numpy as np

    return int(np.searchsorted(np.cumsum(counts), share * counts.sum()))


def _percentile(grey: Any, share: float) -> int:
    return level_at(histogram(grey), share)


def _bytes(image: Any) -> Image:
    import numpy as np

    return np.asarray(image, dtype=np.uint8)
