"""Which pages were read so badly that a person looks at them."""

from dataclasses import replace

import pytest

from digitize.ocr.word_list import is_handwritten, is_hard_to_read, is_without_words
from digitize.ocr.words import Line, PageReading, Word


def page(*words: tuple[float, bool]) -> PageReading:
    made = tuple(Word("từ", sure, 0, 0, 9, 9, possible) for sure, possible in words)
    lines = (Line(made, 0, 0, 9, 9, 9.0, 9.0, True),) if made else ()
    return PageReading(100, 100, 200.0, lines)


@pytest.mark.parametrize(
    ("words", "hard"),
    [
        ([(96.0, True)] * 60, False),
        ([(60.0, True)] * 60, True),
        ([(96.0, True)] * 56 + [(90.0, False)] * 4, True),
        ([(96.0, True)] * 58 + [(90.0, False)] * 2, False),
        ([(96.0, True)] * 8 + [(90.0, False)] * 2, False),
        ([(96.0, True)] * 96 + [(52.0, False)] * 3, True),
        ([(96.0, True)] * 97 + [(52.0, False)] * 2, False),
        ([(96.0, True)] * 95 + [(88.0, False)] * 5, False),  # names of another language
        ([], False),
    ],
)
def test_unsure_pages_and_pages_of_impossible_words_are_looked_at(
    words: list[tuple[float, bool]], *, hard: bool
) -> None:
    assert is_hard_to_read(page(*words), below=75) is hard


def test_a_page_with_much_in_another_language_is_not_hard_where_that_was_read_surely() -> None:
    def foreign(sure: float) -> PageReading:
        words = [("từ", 96.0, True)] * 40 + [("delivery", sure, False), ("livré", sure, False)] * 9
        made = tuple(Word(text, at, 0, 0, 9, 9, possible) for text, at, possible in words)
        return PageReading(100, 100, 200.0, (Line(made, 0, 0, 9, 9, 9.0, 9.0, True),))

    assert not is_hard_to_read(foreign(90.0), below=75)
    assert is_hard_to_read(foreign(72.0), below=75)


def test_a_page_without_words_is_told_unless_its_ink_is_of_a_hand_or_time_was_over() -> None:
    unread = page()
    assert is_without_words(unread)
    assert is_without_words(replace(unread, guessed=5))
    by_hand = replace(unread, guessed=6)
    assert is_handwritten(by_hand)
    assert not is_without_words(by_hand)
    assert not is_without_words(replace(unread, cut=True))
    assert not is_without_words(page((50.0, True)))
