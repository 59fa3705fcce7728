"""A place of the upright page leads back to the page as it was scanned."""

import pytest

from digitize.ocr.words import PageReading
from digitize.page_one.lines import box_of_place, place_of_box

READING = PageReading(1654, 2339, 200.0)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("box", [(0, 0, 1654, 2339), (100, 40, 320, 77), (1600, 2300, 1654, 2339)])
def test_there_and_back(box: tuple[int, int, int, int], turn: int) -> None:
    back = box_of_place(place_of_box(box, READING, turn), READING, turn)
    assert all(abs(number - other) <= 1 for number, other in zip(box, back, strict=True))
