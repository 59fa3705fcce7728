"""Streaks of a dirty scanner go; rules of tables and lines that end on the page stay."""

import cv2
import numpy as np
import pytest

from archive_service.demo.drawn_papers import drawn_pages
from archive_service.demo.old_papers.kinds import old_pages
from digitize.ocr.clean import Image, only_grey
from digitize.ocr.hard_pages.streaks import without_streaks
from tests.unit.digitize.ocr.printed_line import printed_line

TEXT = "Quyết định này được công nhân huyện chuyển hoàn thành nhanh chóng"
COLUMNS = (215, 402, 610, 777)


def page() -> Image:
    """Eight lines of print, as three channels."""
    _, line = printed_line(TEXT)
    return np.dstack([np.vstack([line] * 8)] * 3)


def streaked(clean: Image, *, top: int = 0, bottom: int | None = None) -> Image:
    seen = clean.copy()
    for column in COLUMNS:
        seen[top:bottom, column : column + 2] = 95
    return cv2.GaussianBlur(seen, (0, 0), 0.7).astype(np.uint8)


def test_streaks_through_letters_go_and_the_letters_stay() -> None:
    clean = page()
    seen = streaked(clean)
    mended = without_streaks(seen, dpi=200)
    paper = only_grey(clean) > 250
    columns = [column + at for column in COLUMNS for at in (-1, 0, 1, 2)]
    assert only_grey(seen)[:, columns][paper[:, columns]].mean() < 190
    assert only_grey(mended)[:, columns][paper[:, columns]].mean() > 240
    elsewhere = np.delete(mended, [c + at for c in COLUMNS for at in range(-6, 9)], axis=1)
    assert (elsewhere == np.delete(seen, [c + at for c in COLUMNS for at in range(-6, 9)], 1)).all()


def test_a_grey_page_loses_them_as_well() -> None:
    seen = only_grey(streaked(page()))
    assert without_streaks(seen, dpi=200).shape == seen.shape
    assert (without_streaks(seen, dpi=200) != seen).any()


@pytest.mark.parametrize(("top", "bottom"), [(0, 700), (300, None)])
def test_a_line_that_ends_on_the_page_stays(top: int, bottom: int) -> None:
    seen = streaked(page(), top=top, bottom=bottom)
    assert without_streaks(seen, dpi=200) is seen


def test_the_rules_of_a_table_stay_though_they_reach_both_edges() -> None:
    blank = np.full((1280, 1100, 3), 255, np.uint8)
    for row in range(60, 1280, 120):
        blank[row : row + 3] = 40
        cv2.putText(blank, "2013", (240, row + 80), cv2.FONT_HERSHEY_COMPLEX, 1.4, (40,) * 3, 3)
    seen = streaked(blank)
    assert without_streaks(seen, dpi=200) is seen


def test_ordinary_pages_tables_and_creases_are_left_as_they_are() -> None:
    files = [drawn.jpeg for drawn in drawn_pages(77, 3)]
    files += [old.file for kind in ("table", "holes", "folded") for old in old_pages(kind, 7, 1)]
    for file in files:
        decoded = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        seen = decoded.astype(np.uint8)
        assert without_streaks(seen, dpi=200) is seen
