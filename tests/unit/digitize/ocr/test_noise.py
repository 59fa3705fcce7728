"""Handwriting, stamps and dust do not become words; uncertain words stay."""

import numpy as np

from digitize.ocr.clean import Image
from digitize.ocr.noise import without_noise
from digitize.ocr.words import Line, Word

GREY: Image = np.full((2339, 1654), 60, np.uint8)  # ink wherever a word is


def line(*words: Word, begins: bool = False) -> Line:
    left, right = words[0].left, words[-1].right
    return Line(words, left, 100, right, 140, 132.0, 132.0, begins)


def text_line() -> Line:
    return line(*(Word("công", 95.0, 100 + 90 * n, 100, 170 + 90 * n, 132) for n in range(9)))


def kept(*lines: Line, grey: Image = GREY) -> list[str]:
    return [found.text for found in without_noise((text_line(), *lines), grey, dpi=200)][1:]


def test_dust_is_no_word() -> None:
    assert kept(line(Word(":", 90.0, 300, 300, 303, 303))) == []


def test_the_swing_of_a_signature_is_no_word() -> None:
    assert kept(line(Word("nh...", 67.6, 900, 300, 1242, 332))) == []
    assert kept(line(Word("AI", 33.0, 900, 300, 950, 360))) == []


def test_what_was_read_beside_a_signature_goes_with_it() -> None:
    swing, scrawl = Word("1767", 43.0, 900, 300, 1244, 332), Word("vụ", 18.8, 1250, 300, 1296, 340)
    assert kept(line(swing, scrawl)) == []


def test_the_rule_of_a_table_is_no_word() -> None:
    rule, word = Word("|", 96.0, 20, 300, 40, 346, False), Word("Cát", 90.0, 60, 300, 110, 330)
    assert kept(line(rule, word)) == ["Cát"]


def test_a_word_made_up_over_empty_paper_goes() -> None:
    paper = np.full((2339, 1654), 255, np.uint8)
    assert kept(line(Word("vê", 26.0, 600, 300, 630, 340)), grey=paper) == []
    assert kept(line(Word("vê", 90.0, 600, 300, 630, 340)), grey=paper) == ["vê"]


def test_uncertain_words_of_the_usual_shape_stay() -> None:
    assert kept(line(Word("XÃHỘI", 25.1, 100, 300, 200, 336))) == ["XÃHỘI"]
    assert kept(line(Word("2", 20.0, 800, 80, 814, 104))) == ["2"]


def test_a_block_whose_first_line_goes_begins_with_the_next() -> None:
    dust = line(Word("-", 19.0, 300, 300, 303, 302), begins=True)
    after = line(Word("Nơi", 95.0, 100, 340, 150, 370))
    found = without_noise((text_line(), dust, after), GREY, dpi=200)
    assert [one.starts_block for one in found] == [False, True]
