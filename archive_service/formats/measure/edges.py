"""What lies outside the paper: a dark lid, the glass, the edge of another sheet."""

from archive_service.formats.measure.prepared import Prepared, histogram, level_at

DARK_PART = 0.55  # of the paper's own brightness
REACH_MM = 1.0  # thinner dark rims are the shadow of the sheet


def dark_share(page: Prepared) -> float:
    """Share of the image that is dark, thick, and joined to its border."""
    import cv2
    import numpy as np

    usual = level_at(histogram(page.paper), 0.7)  # of paper, even if half of the glass is bare
    dark = (page.paper < DARK_PART * usual).astype(np.uint8)
    if not dark.any():
        return 0.0
    side = page.pixels(REACH_MM)
    thick = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    count, labels, sizes, _ = cv2.connectedComponentsWithStats(thick, connectivity=4)
    border = np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))
    outside = [name for name in np.unique(border) if 0 < name < count]
    return round(float(sizes[outside, cv2.CC_STAT_AREA].sum()) / dark.size, 4)
