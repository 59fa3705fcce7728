"""Creases of a folded sheet become as light as its paper; rules, bars and dark paper stay."""

import cv2
import numpy as np
import pytest

from archive_service.demo.drawn_papers import drawn_pages
from digitize.ocr.clean import Image, only_grey
from digitize.ocr.hard_pages.creases import without_creases
from tests.unit.digitize.ocr.printed_line import printed_line

TEXT = "Quyết định này được công nhân huyện chuyển hoàn thành nhanh chóng"
SHARE, WIDE = 0.6, 9.0  # of the light that is gone where it is darkest; pixels


def page() -> Image:
    """Eight lines of print, as three channels."""
    _, line = printed_line(TEXT)
    return np.dstack([np.vstack([line] * 8)] * 3)


def creased(clean: Image, at: int, *, slope: float = 0.0) -> Image:
    rows, columns = np.mgrid[: clean.shape[0], : clean.shape[1]]
    light = 1 - SHARE * np.exp(-(((rows - at - slope * columns) / WIDE) ** 2))
    dimmed: Image = (clean * light[:, :, None]).astype(np.uint8)
    return dimmed


@pytest.mark.parametrize("slope", [0.0, 0.03])
@pytest.mark.parametrize("upright", [False, True])
def test_print_in_a_crease_is_as_light_as_beside_it(*, slope: float, upright: bool) -> None:
    clean = page().swapaxes(0, 1) if upright else page()
    seen = creased(np.ascontiguousarray(clean), clean.shape[0] // 2, slope=slope)
    mended = without_creases(seen, dpi=200)
    paper, ink = only_grey(clean) > 250, only_grey(clean) < 60
    assert only_grey(seen)[paper].min() < 110
    assert np.percentile(only_grey(mended)[paper], 1) > 220
    assert np.percentile(only_grey(mended)[ink], 95) < 110
    assert without_creases(only_grey(seen), dpi=200).shape == clean.shape[:2]


def test_bars_and_rules_of_ink_and_white_print_stay() -> None:
    barred = page()
    barred[300:330] = 20
    ruled = page()
    ruled[300:304] = 60
    for seen in (barred, ruled, 255 - page()):
        assert without_creases(seen, dpi=200) is seen


def test_an_ordinary_page_comes_back_as_it_is() -> None:
    (drawn,) = drawn_pages(7, 1)
    seen = cv2.imdecode(np.frombuffer(drawn.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert seen is not None
    grey = only_grey(seen.astype(np.uint8, copy=False))
    assert without_creases(grey, dpi=200) is grey
