"""What another reading of a document would change, counted page by page."""

from archive_service.formats.page_text import PageText
from digitize.ocr.words import Line, PageReading, Word
from digitize.rereading.rules import Gain, gain_of


def reading(said: str, confidence: float = 90.0) -> PageReading:
    words = tuple(
        Word(text, confidence, 10 * at, 0, 10 * at + 8, 10) for at, text in enumerate(said.split())
    )
    return PageReading(500, 100, 200, (Line(words, 0, 0, 500, 10, 8, 8, True),))


def test_words_are_counted_as_replaced_come_and_gone() -> None:
    before = [PageText(1, "Biên bqn bàn giao công trình", 70.0)]
    gain = gain_of(before, [reading("Biên bản bàn giao trạm bơm công trình")])
    assert (gain.words_before, gain.words_after, gain.words_changed) == (6, 8, 3)
    assert (gain.impossible_before, gain.impossible_after) == (1, 0)
    assert (gain.confidence_before, gain.confidence_after) == (70.0, 90.0)
    assert gain.samples[0] == {"page": 1, "before": "bqn", "after": "bản"}


def test_a_page_that_was_not_read_again_counts_nothing() -> None:
    before = [PageText(1, "một hai", 50.0), PageText(2, "ba bốn", None)]
    gain = gain_of(before, [reading("một hai"), None])
    assert (gain.words_before, gain.words_changed) == (2, 0)


def test_confidence_weighs_by_letters() -> None:
    before = [PageText(1, "aaaaaaaaa", 90.0), PageText(2, "a", 0.0)]
    gain = gain_of(before, [reading("aaaaaaaaa", 90.0), reading("a", 0.0)])
    assert gain.confidence_before == gain.confidence_after == 81.0


def test_nothing_read_gains_nothing() -> None:
    assert gain_of([], []) == Gain()


def test_only_a_few_changes_are_shown() -> None:
    said = " ".join(f"x{number} chung" for number in range(20))
    becomes = " ".join(f"y{number} chung" for number in range(20))
    gain = gain_of([PageText(1, said, None)], [reading(becomes)])
    assert gain.words_changed == 20
    assert len(gain.samples) == 5
