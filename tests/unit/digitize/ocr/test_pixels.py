"""What a page is read with: a resolution that is a placeholder is none."""

from pathlib import Path

import pytest
from PIL import Image

from digitize.ocr.pixels import load_pixels


@pytest.mark.parametrize(
    ("size", "stated", "likely"),
    [
        ((1654, 2339), 72, 200),  # A4, which would be A1
        ((3508, 2480), 96, 300),
        ((1654, 2339), 100, 100),  # A2 in truth
        ((700, 1000), 72, 72),  # of any size that paper has
        ((1654, 2339), 200, 200),
    ],
)
def test_a_sheet_that_would_be_larger_than_a3_is_read_as_one_of_a4(
    tmp_path: Path, size: tuple[int, int], stated: int, likely: int
) -> None:
    path = tmp_path / "a.png"
    Image.new("L", size, 255).save(path, dpi=(stated, stated))
    assert load_pixels(path).to_read().dpi == pytest.approx(likely, rel=0.01)
