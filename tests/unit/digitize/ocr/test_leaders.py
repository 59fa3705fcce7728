"""Rows of dots to write on go before a page is read, and no mark of a letter goes with them."""

import cv2
import numpy as np
import pytest

from digitize.ocr.clean import Image
from digitize.ocr.hard_pages.leaders import without_leaders

TOP, STEP = 100, 25 / 6  # pixels at 200 dpi, as a browser prints dots of 1.2 points


def dots(page: Image, left: int, right: int) -> None:
    for x in np.arange(left, right, STEP):
        page[TOP : TOP + 2, round(x) : round(x) + 2] = 0


def words(page: Image, left: int, right: int) -> None:
    for x in range(left, right, 20):
        cv2.rectangle(page, (x, TOP - 24), (x + 20, TOP - 8), 0, 3)


@pytest.fixture
def page() -> Image:
    return np.full((160, 1100), 255, np.uint8)


@pytest.mark.parametrize("written_to", [200, 500, 800])
def test_dots_below_what_is_written_go_with_the_free_ones(page: Image, written_to: int) -> None:
    words(page, 60, written_to)
    bare = page.copy()
    dots(page, 60, 1040)
    assert (without_leaders(page, dpi=200) == bare).all()


def test_a_mark_below_a_letter_stays_beside_dots_that_go(page: Image) -> None:
    words(page, 60, 500)
    dots(page, 520, 1040)
    page[TOP - 4 : TOP, 226:230] = 0
    marked = page.copy()
    marked[:, 515:] = 255
    assert (without_leaders(page, dpi=200) == marked).all()


def test_dots_below_letters_alone_may_be_marks_and_stay(page: Image) -> None:
    words(page, 60, 1040)
    dots(page, 60, 1040)
    assert (without_leaders(page, dpi=200) == page).all()


def test_a_page_with_dots_of_a_screen_one_below_another_is_read(page: Image) -> None:
    """Half of the gaps from dot to dot are none at all: such dots have no step."""
    page[TOP + 1 : TOP + 4, 206:208] = 0  # between both rows
    for x in range(200, 310, 12):
        page[TOP : TOP + 2, x : x + 2] = 0
        page[TOP + 3 : TOP + 5, x : x + 2] = 0
    words(page, 60, 180)
    cleaned = without_leaders(page, dpi=200)
    assert (cleaned[:, :190] == page[:, :190]).all()


def test_a_picture_made_of_dots_is_no_form() -> None:
    """Of such a page each row would be compared with all dots, for minutes."""
    screen = np.full((1000, 1100), 255, np.uint8)
    for row, column in np.ndindex(200, 200):
        screen[row * 5 : row * 5 + 2, 50 + column * 5 : 52 + column * 5] = 0
    assert without_leaders(screen, dpi=200) is screen
