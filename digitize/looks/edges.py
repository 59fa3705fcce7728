"""The black edges that a copier or the lid of a scanner leaves around the paper."""

from typing import Any

from digitize.ocr.clean import MM_PER_INCH, Image, only_grey

_DARK = 0.45  # of the usual paper
_WIDER_MM = 2.5  # than any stroke of writing
_OF_THE_SIDE = 0.6  # of a row or column that is whitened edge: it is cut off
_DEEPEST = 0.12  # of the page that is cut off at one side
_SMALLER = 4
_WHITE = 255


def without_edges(image: Image, *, dpi: float) -> tuple[Image, tuple[int, int]]:
    """The paper alone, dark corners of it whitened, and the left and top that were cut off."""
    import cv2
    import numpy as np

    edge = _edge(image, dpi=dpi)
    if not edge.any():
        return image, (0, 0)
    height, width = image.shape[:2]
    grown = cv2.dilate(edge.astype(np.uint8), np.ones((3, 3), np.uint8))
    there = cv2.resize(grown, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    left, right = _cut(there.mean(axis=0))
    top, bottom = _cut(there.mean(axis=1))
    whitened = image.copy()
    whitened[there] = _WHITE
    return whitened[top : height - bottom, left : width - right], (left, top)


def _edge(image: Image, *, dpi: float) -> Any:
    """Where solid dark areas reach in from the sides, on a smaller page."""
    import cv2
    import numpy as np

    grey = only_grey(image)
    size = tuple(max(1, side // _SMALLER) for side in grey.shape[::-1])
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    dark = (small < _DARK * np.median(small)).astype(np.uint8)
    reach = max(3, round(_WIDER_MM * dpi / MM_PER_INCH / _SMALLER))
    framed = cv2.copyMakeBorder(dark, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    solid = cv2.morphologyEx(framed, cv2.MORPH_OPEN, np.ones((reach, reach), np.uint8))
    _, labels = cv2.connectedComponents(solid[reach:-reach, reach:-reach], connectivity=8)
    sides = np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))
    return np.isin(labels, np.unique(sides[sides > 0]))


def _cut(shares: Any) -> tuple[int, int]:
    """How many rows or columns go at the beginning and at the end."""
    import numpy as np

    paper = np.flatnonzero(shares <= _OF_THE_SIDE)
    if not len(paper):
        return 0, 0
    first, last = int(paper[0]), len(shares) - 1 - int(paper[-1])
    most = _DEEPEST * len(shares)
    return first if first <= most else 0, last if last <= most else 0
