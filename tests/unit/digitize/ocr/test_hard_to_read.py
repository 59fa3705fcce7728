"""Which pages were read so badly that a person looks at them."""

import pytest

from digitize.ocr.word_list import is_hard_to_read
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
