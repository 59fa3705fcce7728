"""How a page lies is told by its ink where no word was read."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitize.ocr.clean import Image, level
from digitize.ocr.upright import has_many_signs, is_sideways, stands_upright, worth
from digitize.ocr.words import Line, Word
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


def row(*words: tuple[str, float], possible: bool) -> Line:
    placed = tuple(
        Word(text, sure, 100 * at, 0, 100 * at + 90, 30, possible)
        for at, (text, sure) in enumerate(words)
    )
    return Line(placed, 0, 0, 100 * len(words), 30, 25.0, 25.0, True)


def test_words_of_another_language_tell_how_a_page_lies() -> None:
    """Upside down such a page comes out as figures and short words, which every page can have."""
    upright = row(*[("indicator", 86.0)] * 4, *[("removes", 91.0)] * 4, possible=False)
    over = row(*[("1511", 62.0)] * 6, ("SI", 70.0), possible=True)
    assert stands_upright([upright])
    assert worth([upright]) > worth([over])
    guessed = row(*[("2SOUAt", 84.0)] * 4, *[("indicator", 60.0)] * 8, possible=False)
    assert not stands_upright([guessed])


def test_short_words_that_run_down_a_page_do_not_stand_upright() -> None:
    """As on a cover: the engine reads them as they lie, and none is long enough to tell."""
    names = ("ỦY", "BAN", "XÃ", "HỒ", "SƠ", "NĂM")
    upright = row(*((name, 96.0) for name in names), possible=True)
    down = tuple(
        Word(name, 96.0, 0, 100 * at, 30, 100 * at + 60, possible=True)
        for at, name in enumerate(names)
    )
    lying = Line(down, 0, 0, 30, 600, 25.0, 25.0, True)
    assert stands_upright([upright])
    assert not stands_upright([lying])
    assert worth([lying]) == 0
