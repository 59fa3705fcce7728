"""Words that were read say how a page lies; where too few were, its ink does."""

from dataclasses import replace

import pytest

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.formats.measure.judge import CHECK
from digitize.batches.reading.lie import by_words
from digitize.ocr.clean import UNCHANGED, Matrix
from digitize.ocr.words import Line, PageReading, Word

SKEWED = Finding(CHECK, "page-skewed", Severity.WARNING, "1.jpg")
UPSIDE_DOWN = Finding(
    CHECK, "page-upside-down", Severity.WARNING, "1.jpg", {"value": -0.2, "turn": 180}
)
TURNS: dict[int, Matrix] = {
    0: UNCHANGED,
    90: (0, -1, 1, 0, 0, 2339),
    180: (-1, 0, 0, -1, 1654, 2339),
    270: (0, 1, -1, 0, 1654, 0),
}


def reading(turn_deg: int, *, count: int = 8, confidence: float = 95.0) -> PageReading:
    words = tuple(
        Word("CHÍNH", confidence, 100 * at, 100, 100 * at + 90, 130, possible=True)
        for at in range(count)
    )
    line = Line(words, 0, 100, 100 * count, 130, 128.0, 128.0, starts_block=True)
    return PageReading(1654, 2339, 200.0, lines=(line,), to_page=TURNS[turn_deg])


def codes(found: list[Finding]) -> dict[str, object]:
    return {finding.code: finding.facts.get("turn") for finding in found}


def test_capitals_that_were_read_as_they_lie_are_not_upside_down() -> None:
    told = by_words([SKEWED, UPSIDE_DOWN], reading(0), turned_deg=0, place="1.jpg")
    assert told == [SKEWED]


@pytest.mark.parametrize(
    ("turn", "code"), [(90, "page-sideways"), (180, "page-upside-down"), (270, "page-sideways")]
)
def test_a_page_that_was_read_turned_lies_so_whatever_its_ink_says(turn: int, code: str) -> None:
    told = by_words([SKEWED], reading(turn), turned_deg=0, place="1.jpg")
    assert codes(told) == {"page-skewed": None, code: turn}
    assert by_words([], reading(turn), turned_deg=turn, place="1.jpg") == []


def test_what_the_ink_measured_stays_in_the_finding() -> None:
    (told,) = by_words([UPSIDE_DOWN], reading(180), turned_deg=0, place="1.jpg")
    assert told.facts == {"value": -0.2, "turn": 180}


@pytest.mark.parametrize("few", [{"count": 5}, {"confidence": 40.0}])
def test_of_a_page_that_was_hardly_read_the_ink_decides(few: dict[str, float]) -> None:
    unsure = reading(0, **few)  # type: ignore[arg-type]  # a count is whole, a confidence is not
    assert by_words([UPSIDE_DOWN], unsure, turned_deg=0, place="1.jpg") == [UPSIDE_DOWN]


@pytest.mark.parametrize("guessed", [9, 0])
def test_of_a_page_of_which_nothing_was_read_the_ink_says_nothing(guessed: int) -> None:
    """A hand, or the frame of a cover."""
    hand = replace(reading(0), lines=(), guessed=guessed)
    assert by_words([SKEWED, UPSIDE_DOWN], hand, turned_deg=0, place="1.jpg") == [SKEWED]
    in_part = replace(hand, cut=True)
    assert by_words([UPSIDE_DOWN], in_part, turned_deg=0, place="1.jpg") == [UPSIDE_DOWN]
