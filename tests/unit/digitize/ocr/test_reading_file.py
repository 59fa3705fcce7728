"""A reading is kept whole, in the same bytes."""

from dataclasses import replace

import pytest

from digitize.ocr.reading_file import dump_reading, load_reading
from digitize.ocr.words import Line, PageReading, Word

WORDS = (Word("Việt", 95.3, 100, 200, 180, 230), Word("Nm", 41.0, 190, 200, 250, 230, False))
LINE = Line(WORDS, 100, 200, 250, 230, 224.5, 226.25, starts_block=True)
READING = PageReading(
    1654, 2339, 200.0, (LINE, replace(LINE, starts_block=False)), (0, 1, -1, 0, 7, 0.5), 0.4, "E"
)


@pytest.mark.parametrize("reading", [READING, replace(READING, lines=())])
def test_a_reading_comes_back_as_it_was(reading: PageReading) -> None:
    kept = dump_reading(reading)
    assert load_reading(kept) == reading
    assert dump_reading(load_reading(kept)) == kept


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"form":2}', b'{"form":1,"lines":[[1]]}'])
def test_other_bytes_are_no_reading(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"reading|Expecting"):
        load_reading(data)


def test_words_that_cannot_exist_are_counted() -> None:
    assert READING.impossible_share == 0.5
    assert replace(READING, lines=()).impossible_share is None
