"""The operators of the unseen text layer."""

import re
from dataclasses import replace

import pikepdf
import pytest

from digitize.documents.text_layer import _font_program, make_font, page_content
from digitize.ocr.words import Line, PageReading, Word

WORDS = (Word("Việt", 95.0, 100, 200, 180, 230), Word("Nam", 96.0, 190, 200, 250, 230))
LINE = Line(WORDS, 100, 200, 250, 230, baseline_left=224, baseline_right=224, starts_block=True)
READING = PageReading(width_px=1000, height_px=2000, dpi=200, lines=(LINE,))


def test_a_blank_page_has_no_layer() -> None:
    blank = replace(READING, lines=())
    assert page_content(blank, width_pt=360, height_pt=720) == b""


def test_words_are_unseen_and_written_in_order() -> None:
    content = page_content(READING, width_pt=360, height_pt=720).decode()
    assert "3 Tr" in content
    written = [bytes.fromhex(code).decode("utf-16-be") for code in re.findall("<(.*?)>", content)]
    assert written == ["Việt", " ", "Nam"]


def test_each_word_is_stretched_to_its_own_width() -> None:
    content = page_content(READING, width_pt=360, height_pt=720).decode()
    stretched = [float(found) for found in re.findall(r"([\d.]+) Tz", content)]
    widths = [part / 100 * n * 30 / 2 for part, n in zip(stretched, (4, 1, 3), strict=True)]
    assert widths == pytest.approx([80, 10, 60], abs=0.01)


def test_a_letter_beyond_the_first_plane_is_replaced_and_counted_once() -> None:
    odd = replace(LINE, words=(Word("a𝔸", 50.0, 100, 200, 180, 230),))
    content = page_content(replace(READING, lines=(odd,)), width_pt=360, height_pt=720)
    assert b"<0061FFFD>" in content


def test_the_font_is_the_same_bytes_every_time_and_small() -> None:
    first = _font_program()
    _font_program.cache_clear()
    assert _font_program() == first
    assert len(first) < 2_000


def test_the_font_is_embedded_and_maps_every_code() -> None:
    with pikepdf.new() as pdf:
        font = make_font(pdf)
        descendant = font.DescendantFonts[0]
        assert len(descendant.CIDToGIDMap.read_bytes()) == 2 * 0x10000
        assert descendant.FontDescriptor.FontFile2.read_bytes() == _font_program()
        assert font.ToUnicode.read_bytes().count(b"\n<") == 256
