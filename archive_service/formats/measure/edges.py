"""What lies outside the paper: a dark lid, the glass, the edge of another sheet."""

from dataclasses import replace

from archive_service.formats.measure.prepared import Image, Prepared, histogram, level_at

DARK_PART = 0.55  # of the paper's own brightness
REACH_MM = 1.2  # thinner dark rims are the shadow of the sheet, or strokes
SHADOW_MM = 1.5  # beside it the paper is no clean ground for ink


def without_outside(page: Prepared) -> tuple[Prepared, float]:
    """The page with no ink outside the paper; and the share that lies outside."""
    import cv2
    import numpy as np

    outside = _outside(page)
    if outside is None:
        return page, 0.0
    share = round(float(np.count_nonzero(outside)) / outside.size, 4)
    side = 2 * page.pixels(SHADOW_MM) + 1
    near = cv2.dilate(outside, np.ones((side, side), np.uint8))
    return replace(page, ink=np.where(near > 0, 0, page.ink).astype(np.uint8)), share


def _outside(page: Prepared) -> Image | None:
    """1 where it is dark, thick, and joined to the border; ``None``: nowhere."""
    import cv2
    import numpy as np

    usual = level_at(histogram(page.paper), 0.7)  # of paper, even if half of the glass is bare
    dark = (page.grey < DARK_PART * usual).astype(np.uint8)
    rims = dark[0], dark[-1], dark[:, 0], dark[:, -1]
    if not any(rim.any() for rim in rims):
        return None
    side = page.pixels(REACH_MM)
    thick = cv2.morphologyEx(
        dark,
        cv2.MORPH_OPEN,
        np.ones((side, side), np.uint8),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    _, labels = cv2.connectedComponents(thick, connectivity=4)
    border = np.unique(np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1])))
    joined = np.zeros(int(labels.max()) + 1, np.uint8)
    joined[border[border > 0]] = 1
    return joined[labels] if joined.any() else None
