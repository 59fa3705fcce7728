"""All readings of a page share one time; what is too fine is read smaller and stands in place."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import archive_service
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest, PageScan
from digitize.ocr.page_time import page_time, time_of_page
from digitize.ocr.pixels import load_pixels
from digitize.ocr.words import PageReading
from tests.worlds.papers.page_images import page_image

MODEL = Path(archive_service.__file__).parent / "static" / "vendor" / "tessdata"
BY_PX = 8  # what a word of a page twice as fine may stand beside its place


@pytest.fixture(scope="module")
def engine() -> Iterator[TesseractEngine]:
    with TesseractEngine(MODEL, workers=1) as started:
        yield started


def reading(engine: TesseractEngine, request: PageRequest) -> PageReading:
    (scan,) = engine.scan([request])
    assert isinstance(scan, PageScan), scan
    assert scan.reading is not None
    return scan.reading


def once(found: PageReading) -> dict[str, tuple[int, int]]:
    """Left and top of the words that stand on a page once."""
    words = [word for line in found.lines for word in line.words]
    count = Counter(word.text for word in words)
    return {word.text: (word.left, word.top) for word in words if count[word.text] == 1}


def test_nothing_is_begun_again_that_may_take_too_long() -> None:
    with page_time(1_000.0) as given:
        assert time_of_page() is given
        assert given.allows_again()
        given.cut = True
        assert not given.allows_again()
    with page_time(0.0) as given:
        assert (given.left_ms, given.allows_again(), given.cut) == (0, False, True)
    assert not time_of_page().cut  # of an image alone: all of its own


def test_time_that_others_had_the_processor_is_none_of_the_page() -> None:
    with page_time(0.5) as given:
        time.sleep(0.7)
        assert given.allows_again()
        assert given.left_ms > 0


def test_a_reading_that_the_clock_ended_is_begun_again() -> None:
    asked: list[int] = []

    def begin(within_ms: int) -> bool:
        asked.append(within_ms)
        time.sleep(within_ms / 1000 + 0.01 if len(asked) == 1 else 0)
        return len(asked) > 1

    with page_time(0.3) as given:
        assert given.read(begin)
    assert not given.cut
    assert asked[1] > asked[0]


def test_a_reading_that_took_its_time_or_failed_is_not_begun_again() -> None:
    asked: list[int] = []

    def work(within_ms: int) -> bool:
        asked.append(within_ms)
        until = time.thread_time() + within_ms / 1000
        while time.thread_time() < until:
            pass
        return False

    def fail(within_ms: int) -> bool:
        asked.append(within_ms)
        return False

    for begin in (work, fail):
        with page_time(0.2) as given:
            assert not given.read(begin)
        assert given.cut
    assert len(asked) == 2


def test_a_reader_that_stands_still_for_longer_than_its_page_has_reads_it_whole(
    tmp_path: Path,
) -> None:
    request = PageRequest(page_image(tmp_path / "a.jpg"), seconds=8)
    with TesseractEngine(MODEL, workers=1) as engine:
        whole = reading(engine, request)
        running = engine._children[0]._running
        assert running is not None
        group = running.process.pid
        timers = [
            threading.Timer(1, os.killpg, (group, signal.SIGSTOP)),
            threading.Timer(11, os.killpg, (group, signal.SIGCONT)),
        ]
        for timer in timers:
            timer.start()
        slowed = reading(engine, request)
        for timer in timers:
            timer.join()
        assert engine._children[0]._running is running
    assert (slowed.cut, slowed.text) == (False, whole.text)


def test_a_page_without_time_keeps_its_stamps_and_is_told_as_cut(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    path = page_image(tmp_path / "a.jpg")
    found = reading(engine, PageRequest(path, seconds=0.001))
    assert (found.cut, found.lines) == (True, ())
    whole = reading(engine, PageRequest(path))
    assert not whole.cut
    assert whole.lines


@pytest.mark.parametrize("turn_deg", [0, 90])
def test_a_page_of_a_very_fine_scan_is_read_and_its_words_stand_where_they_lie(
    engine: TesseractEngine, tmp_path: Path, turn_deg: int
) -> None:
    path = page_image(tmp_path / "a.png", clockwise_deg=0)
    with Image.open(path) as image:
        page = image.rotate(turn_deg, expand=True)
        page.save(path, dpi=(200, 200))
        fine = page.resize((3 * page.width, 3 * page.height), Image.Resampling.LANCZOS)
        fine.convert("L").save(tmp_path / "b.png", dpi=(600, 600))
    plain = reading(engine, PageRequest(path, turn_deg=turn_deg))
    found = reading(engine, PageRequest(tmp_path / "b.png", turn_deg=turn_deg))
    assert load_pixels(tmp_path / "b.png").to_read().scale > 1
    assert (found.width_px, round(found.dpi)) == (3 * plain.width_px, 600)
    known, places = once(plain), once(found)
    assert len(known.keys() & places.keys()) > 0.9 * len(known) > 10
    for text in known.keys() & places.keys():
        (left, top), (word_left, word_top) = places[text], known[text]
        assert abs(left - 3 * word_left) <= BY_PX, text
        assert abs(top - 3 * word_top) <= BY_PX, text
