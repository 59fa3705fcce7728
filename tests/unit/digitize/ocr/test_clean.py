"""The engine's image: stamp gone, words kept, lines level, and the way back known."""

import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFilter, ImageFont

from archive_service.forms.typst_form import FONTS
from digitize.ocr.clean import (
    UNCHANGED,
    Image,
    Matrix,
    balance_white,
    clean,
    find_skew,
    level,
    remove_specks,
    whiten_red,
)
from tests.worlds.papers.page_images import LINES, page_image


def read(path: Path) -> Image:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), dtype=np.uint8)


def carried(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def test_the_paper_becomes_white_and_a_black_page_does_not(tmp_path: Path) -> None:
    blank = balance_white(read(page_image(tmp_path / "a.png", lines=())))
    assert blank.min() >= 254
    assert balance_white(np.full((100, 100, 3), 20, np.uint8)).max() < 60


def test_a_grey_page_is_balanced_too() -> None:
    balanced = balance_white(np.full((100, 100), 220, np.uint8))
    assert balanced.shape == (100, 100)
    assert balanced.min() == 255


def test_the_red_stamp_vanishes_and_the_words_below_it_stay(tmp_path: Path) -> None:
    stamped = read(page_image(tmp_path / "a.jpg", stamp=True))
    plain = read(page_image(tmp_path / "b.jpg"))
    cleaned, wanted = whiten_red(balance_white(stamped)), whiten_red(balance_white(plain))
    differing = np.abs(cleaned.astype(int) - wanted.astype(int)) > 90
    assert differing.mean() < 0.0005
    assert (cleaned < 100).sum() > 0.97 * (wanted < 100).sum()


def test_letters_on_orange_paper_keep_their_edges(tmp_path: Path) -> None:
    """JPEG keeps colour at half the resolution: beside black strokes there is some of the paper."""
    page = cv2.GaussianBlur(read(page_image(tmp_path / "a.png")), (0, 0), 0.7)
    orange = np.asarray(page * np.array([0.55, 0.7, 1.0]), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "b.jpg"), orange, [cv2.IMWRITE_JPEG_QUALITY, 80])
    balanced = balance_white(read(tmp_path / "b.jpg"))
    plain = cv2.cvtColor(balanced, cv2.COLOR_BGR2GRAY)
    lifted = whiten_red(balanced).astype(int) - plain > 30
    assert lifted.sum() < 0.05 * (plain < 150).sum()


def test_blue_ink_is_left_alone() -> None:
    blue = np.full((50, 50, 3), (150, 60, 40), np.uint8)
    assert whiten_red(blue).max() < 100


def test_specks_go_and_the_dot_below_a_letter_stays() -> None:
    page = np.full((200, 200), 255, np.uint8)
    page[50, 50] = page[120:122, 30] = 0
    page[100:104, 100:104] = 0  # a dot of 0.5 mm
    page[80:96, 96:108] = 0  # below a letter
    cleaned = remove_specks(page, dpi=200)
    assert (cleaned < 128).sum() == 16 + 16 * 12


def test_dust_that_lies_apart_from_all_ink_goes_though_it_is_as_large_as_a_dot() -> None:
    page = np.full((200, 200), 255, np.uint8)
    page[100:104, 100:104] = 0
    page[100:104, 120:132] = 0  # a dash, and so no dust
    cleaned = remove_specks(page, dpi=200)
    assert (cleaned < 128).sum() == 4 * 12


def test_marks_of_small_print_are_no_specks() -> None:
    """Of 8 pt at 200 dpi a mark has as few dark pixels as a speck beside 13 pt."""
    printed, small = (print_of(pixels) for pixels in (38, 22))
    for page in (printed, small):
        page[6:8, 6] = page[6, 7] = 90  # apart from all letters
        page[7, 7] = 190
    cleaned = remove_specks(printed, dpi=200)
    assert cleaned[6, 6] == 255
    lost = (small < 130) & (remove_specks(small, dpi=200) > 250)
    lost[:20, :20] = False
    assert not lost.any()


def print_of(pixels: int) -> Image:
    """Four rows of words with many marks, softened as by a scanner."""
    font = ImageFont.truetype(str(FONTS / "Tinos-Regular.ttf"), pixels)
    page = PillowImage.new("L", (20 * pixels, 10 * pixels), 255)
    draw = ImageDraw.Draw(page)
    for row in range(4):
        at = 2 * pixels, 2 * pixels * (row + 1)
        draw.text(at, "bảy hộ sáu bổ kè trình bày chuyển án", 30, font, anchor="ls")
    return np.asarray(page.filter(ImageFilter.GaussianBlur(0.7)), dtype=np.uint8).copy()


def test_specks_that_lie_at_letters_alone_are_marks_and_among_dust_they_are_dust() -> None:
    """Thin faces have dots as small as specks, and a scanner's dust heeds no letter."""
    page = np.full((400, 600), 255, np.uint8)
    for left in range(40, 560, 24):
        page[100:116, left : left + 12] = 0
        page[119:121, left + 5 : left + 6] = 90  # two pixels below the letter
    assert (remove_specks(page, dpi=200) == page).all()
    page[200:380:6, 10:590:15] = 90
    assert (remove_specks(page, dpi=200)[118:] == 255).all()


def test_the_darkest_part_of_a_pale_mark_is_no_speck() -> None:
    page = np.full((200, 200), 255, np.uint8)
    page[100:105, 100:108] = 170  # a hook, blurred
    page[102, 103] = 120
    assert (remove_specks(page, dpi=200) == page).all()


@pytest.mark.parametrize("skew_deg", [-4.0, -1.5, -0.4, 0.4, 1.5, 4.0])
def test_the_skew_of_a_page_is_found(tmp_path: Path, skew_deg: float) -> None:
    page = read(page_image(tmp_path / "a.png", lines=LINES * 3, clockwise_deg=skew_deg))
    assert clean(page, dpi=200).skew_deg == pytest.approx(skew_deg, abs=0.1)


def test_a_level_page_and_a_blank_one_are_not_turned(tmp_path: Path) -> None:
    for lines in (LINES * 3, ()):
        found = clean(read(page_image(tmp_path / "a.png", lines=lines)), dpi=200)
        assert found.skew_deg == 0
        assert found.to_page == UNCHANGED
        assert found.image.shape == (2339, 1654)


def test_a_page_of_noise_is_hardly_turned() -> None:
    noise = np.random.default_rng(7).integers(0, 256, (1200, 900)).astype(np.uint8)
    assert abs(find_skew(noise)) < 0.2


@pytest.mark.parametrize("skew_deg", [-3.0, 2.0])
def test_a_point_of_the_level_image_is_carried_back_to_the_page(skew_deg: float) -> None:
    page = np.full((600, 400), 255, np.uint8)
    page[100:105, 300:305] = 0
    levelled = level(page, skew_deg)
    rows, columns = np.nonzero(levelled.image < 128)
    x, y = carried(levelled.to_page, columns.mean() + 0.5, rows.mean() + 0.5)
    assert x == pytest.approx(302.5, abs=1)
    assert y == pytest.approx(102.5, abs=1)


def test_no_corner_of_a_turned_page_is_lost() -> None:
    page = np.zeros((600, 400), np.uint8)
    assert (level(page, 3.0).image < 128).sum() == pytest.approx(page.size, rel=0.01)


def test_the_words_lie_level_after_cleaning(tmp_path: Path) -> None:
    turned = read(page_image(tmp_path / "a.png", lines=LINES * 3, clockwise_deg=2))
    assert find_skew(clean(turned, dpi=200).image) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("darkest", [0, 120])
def test_specks_of_a_page_that_is_grey_all_over_are_found_in_few_bytes_a_pixel(
    darkest: int,
) -> None:
    """A sheet of A2 has 18 million of them: what is held at once has to fit in a worker."""
    noise = np.random.default_rng(3).integers(darkest, 256, (1500, 1200)).astype(np.uint8)
    tracemalloc.start()
    remove_specks(noise, dpi=200)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * noise.size
