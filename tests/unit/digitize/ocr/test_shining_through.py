"""Of two readings of a page that shines through, the better one is kept."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from digitize.ocr.clean import clean, only_levelled
from digitize.ocr.shining_through import is_well_read, is_worth_more, shines_through
from digitize.ocr.words import Line, Word
from tests.unit.digitize.ocr.printed_line import printed_line
from tests.worlds.papers import flaws
from tests.worlds.papers.page_images import page_image


def line(*words: tuple[str, float, bool]) -> Line:
    made = tuple(Word(text, sure, 0, 0, 9, 9, possible) for text, sure, possible in words)
    return Line(made, 0, 0, 9, 9, 9.0, 9.0, True)


GOOD = line(("Quyết", 95.0, True), ("định", 96.0, True))


@pytest.mark.parametrize(
    "worse",
    [line(("Quyết", 95.0, True)), line(("Quyết", 95.0, True), ("đinhh", 90.0, False)),
     line(("Quyết", 70.0, True), ("định", 60.0, True)),
     line(("Quyết", 95.0, True), ("định", 96.0, True), ("zrtq", 30.0, False))],
)  # fmt: skip
def test_lost_wrong_and_made_up_words_make_a_reading_worth_less(worse: Line) -> None:
    assert is_worth_more([GOOD], [worse])
    assert not is_worth_more([worse], [GOOD])


def test_of_two_readings_alike_that_of_the_cleaned_page_is_kept() -> None:
    surer = replace(GOOD, words=tuple(replace(word, confidence=96.5) for word in GOOD.words))
    assert not is_worth_more([surer], [GOOD])
    assert not is_worth_more([], [])


def test_the_other_reading_is_asked_for_only_where_the_cleaned_one_is_doubtful() -> None:
    assert is_well_read([GOOD])
    doubtful = line(("Quyết", 70.0, True), ("định", 60.0, True))
    impossible = line(("Quyết", 95.0, True), ("đinhh", 96.0, False))
    assert not is_well_read([doubtful])
    assert not is_well_read([impossible])
    assert not is_well_read([])


def test_a_page_with_the_other_side_seen_is_told_from_one_without(tmp_path: Path) -> None:
    page = PillowImage.open(page_image(tmp_path / "a.png")).convert("RGB")
    both = flaws.seen_through(page, page, 0.25)
    assert shines_through(np.asarray(both)[:, :, ::-1], dpi=200)
    assert not shines_through(np.asarray(page)[:, :, ::-1], dpi=200)


def test_a_page_that_is_only_levelled_keeps_its_red_ink() -> None:
    _, grey = printed_line("Quyết định này có hiệu lực")
    red = np.stack((grey, grey, np.full_like(grey, 230)), axis=2)
    assert (only_levelled(red).image < 160).any()
    assert not (clean(red, dpi=200).image < 160).any()
