"""How a page lies is told by its ink where no word was read."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitize.ocr.clean import Image, level
from digitize.ocr.upright import has_many_signs, is_sideways
from tests.worlds.papers.page_images import LINES, page_image


def grey(folder: Path, lines: tuple[str, ...] = LINES) -> Image:
    page = cv2.imread(str(page_image(folder / "page.png", lines=lines)), cv2.IMREAD_GRAYSCALE)
    return np.asarray(page, dtype=np.uint8)


@pytest.mark.parametrize("skew_deg", [-2.9, 0.0, 4.0])
def test_lines_that_run_down_the_page_are_told_however_askew(
    skew_deg: float, tmp_path: Path
) -> None:
    """A page on its side was levelled by what is no line."""
    upright = grey(tmp_path)
    sideways = np.asarray(cv2.rotate(upright, cv2.ROTATE_90_COUNTERCLOCKWISE), dtype=np.uint8)
    assert is_sideways(level(sideways, skew_deg).image)
    assert not is_sideways(level(upright, skew_deg).image)


def test_a_page_of_lines_has_many_signs_and_a_page_number_has_few(tmp_path: Path) -> None:
    assert has_many_signs(grey(tmp_path), dpi=200)
    assert not has_many_signs(grey(tmp_path, ("- 57 -",)), dpi=200)
