"""Pages photographed by telephone: from the side, by one lamp, on a table."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

Corners = Sequence[tuple[float, float]]  # upper left, upper right, lower right, lower left

SIZE = (2000, 2600)
STEEP: Corners = ((460, 330), (1560, 260), (1840, 2390), (150, 2280))
TURNED: Corners = ((620, 190), (1830, 540), (1390, 2400), (140, 2050))
_WOOD = (96, 66, 44)


def photographed(
    page: Image.Image, corners: Corners, *, arch: float = 0.0, ground: Sequence[int] = _WOOD
) -> tuple[Image.Image, np.ndarray]:
    """The photograph, and the way from the page to it; ``arch`` pixels high is its middle bent."""
    light = np.asarray(page.convert("RGB"), dtype=np.float32)
    height, width = light.shape[:2]
    rim = 150
    padded = cv2.copyMakeBorder(light, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    there = np.zeros(padded.shape[:2], np.float32)
    there[rim:-rim, rim:-rim] = 1
    down, across = np.mgrid[0 : padded.shape[0], 0 : padded.shape[1]].astype(np.float32)
    bent = down + arch * np.sin(np.pi * (across - rim) / width)
    padded, there = (
        cv2.remap(picture, across, bent, cv2.INTER_LINEAR) for picture in (padded, there)
    )
    source = [(rim, rim), (rim + width, rim), (rim + width, rim + height), (rim, rim + height)]
    way = cv2.getPerspectiveTransform(
        np.array(source, dtype=np.float32), np.array(corners, dtype=np.float32)
    )
    seen = cv2.warpPerspective(padded, way, SIZE, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(there, way, SIZE)[..., None]
    rng = np.random.default_rng(len(corners))
    table = np.array(ground, np.float32) + 6 * np.sin(np.arange(SIZE[1]) / 9)[:, None, None]
    lit = 1.0 - 0.35 * np.linspace(0, 1, SIZE[0])[None, :, None]
    shot = (table * (1 - mask) + seen * mask) * lit + rng.normal(0, 2.5, (*SIZE[::-1], 1))
    shift = np.array([[1, 0, rim], [0, 1, rim], [0, 0, 1]], np.float64)
    return Image.fromarray(shot.clip(0, 255).astype(np.uint8)), way @ shift
