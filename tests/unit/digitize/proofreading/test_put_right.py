"""Corrections of people in the text of a page: each in its place, whatever engine read it."""

from dataclasses import dataclass

import pytest

from digitize.ocr.words import Line, PageReading, Word
from digitize.proofreading.put_right import with_put_right


@dataclass
class Said:
    """A correction as its row tells it; all stand in the first line."""

    was: str
    becomes: str
    left: int
    right: int
    top: int = 100
    bottom: int = 130


def line(*words: tuple[str, int, int], top: int, starts_block: bool) -> Line:
    read = tuple(Word(text, 60.0, left, top, right, top + 30) for text, left, right in words)
    return Line(read, 100, top, 900, top + 30, top + 30, top + 30, starts_block=starts_block)


def page(*first: tuple[str, int, int]) -> PageReading:
    """One line of these words, and a paragraph below."""
    lines = (
        line(*first, top=100, starts_block=True),
        line(("ngày", 100, 190), top=200, starts_block=True),
        line(("3", 100, 190), top=240, starts_block=False),
    )
    return PageReading(1000, 2000, 200, lines)


READ = page(("trạm", 100, 190), ("Khuôi", 200, 290), ("Lạnh", 300, 390))


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ([Said("Khuôi", "Khuổi", 200, 290)], "trạm Khuổi Lạnh"),
        ([Said("Khuôi", "Nậm Rốm,", 203, 288)], "trạm Nậm Rốm, Lạnh"),
        ([Said("Khuôi", "Khuôi", 200, 290)], "trạm Khuôi Lạnh"),
        ([Said("Khuổi", "Khuổi", 200, 290)], "trạm Khuổi Lạnh"),  # confirmed, then read anew
        ([Said("KhuôiLạnh", "Khuổi Lạnh", 200, 390)], "trạm Khuổi Lạnh"),  # read as two words
        ([Said("ê", "ê", 120, 130)], "trạm Khuôi Lạnh"),
        ([Said("ố", "xứng", 220, 230)], "trạm Khuôi xứng Lạnh"),  # a small part of the word
    ],
)
def test_a_correction_stands_where_its_word_stands(said: list[Said], text: str) -> None:
    assert with_put_right(READ, said) == f"{text}\n\nngày\n3"


def test_two_corrections_of_what_is_now_one_word_take_its_place() -> None:
    said = [Said("Lanh", "Lạnh", 300, 390), Said("Khuôi", "Khuổi", 200, 290)]
    read = page(("trạm", 100, 190), ("KhuôiLạnh", 200, 390))
    assert with_put_right(read, said) == "trạm Khuổi Lạnh\n\nngày\n3"


def test_a_correction_without_a_word_of_this_reading_is_not_lost() -> None:
    assert with_put_right(READ, [Said("Bơm", "bơm", 600, 690)]).endswith("ngày\n3\nbơm")


def test_what_is_no_word_is_gone_and_its_paragraph_still_begins() -> None:
    told = [Said("Khuôi", "", 200, 290), Said("ngày", "", 100, 190, 200, 230)]
    assert with_put_right(READ, told) == "trạm Lạnh\n\n3"
