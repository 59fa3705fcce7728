"""Toner that gives out in bands, and the glare of a lamp: rows of pale ink are read, or told."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import archive_service
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.word_list import is_hard_to_read
from digitize.ocr.words import PageReading
from tests.worlds.papers.page_images import LINES, drawn_words, page_image

MODEL = Path(archive_service.__file__).parent / "static" / "vendor" / "tessdata"
PAPER = 240.0  # grey of the page that is drawn
HARD_BELOW = 75.0  # the setting's default
Grey = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def engine() -> Iterator[TesseractEngine]:
    with TesseractEngine(MODEL, workers=1) as started:
        yield started


def printed(folder: Path) -> Grey:
    with Image.open(page_image(folder / "whole.png")) as page:
        return np.asarray(page.convert("L"), np.float32)


def read(engine: TesseractEngine, folder: Path, grey: Grey) -> PageReading:
    path = folder / "page.png"
    Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(path, dpi=(200, 200))
    (reading,) = engine.read([PageRequest(path)])
    assert isinstance(reading, PageReading)
    return reading


def lost(reading: PageReading) -> int:
    """How many of the printed words were not read."""
    left = reading.text.split()
    words = " ".join(LINES).split()
    for word in list(words):
        if word in left:
            left.remove(word)
            words.remove(word)
    return len(words)


def rows_of(line: int) -> slice:
    """The rows of the page that a printed line takes."""
    middle = round(sorted({word.middle for word in drawn_words()})[line])
    return slice(middle - 30, middle + 30)


def slanted(grey: Grey) -> Grey:
    """The same lines in a face that is not that of print."""
    done = grey.copy()
    for line in range(len(LINES)):
        strip = Image.fromarray(grey[rows_of(line)])
        lean = (1, 0.25, -7.5, 0, 1, 0)
        there = strip.transform(
            strip.size, Image.Transform.AFFINE, lean, Image.Resampling.BICUBIC, fillcolor=PAPER
        )
        done[rows_of(line)] = np.asarray(there, np.float32)
    return done


@pytest.mark.parametrize(("left", "slants"), [(0.15, False), (0.3, False), (0.3, True)])
def test_lines_of_pale_toner_are_read(
    engine: TesseractEngine, tmp_path: Path, left: float, *, slants: bool
) -> None:
    grey = slanted(printed(tmp_path)) if slants else printed(tmp_path)
    for line in (1, 3):
        grey[rows_of(line)] = PAPER - left * (PAPER - grey[rows_of(line)])
    assert lost(read(engine, tmp_path, grey)) <= (3 if slants else 1)


def test_words_under_the_glare_of_a_lamp_are_read(engine: TesseractEngine, tmp_path: Path) -> None:
    grey = printed(tmp_path)
    rows, columns = np.mgrid[: grey.shape[0], : grey.shape[1]]
    middle = rows_of(2).start + 30
    far = np.hypot((columns - 700) / 320, (rows - middle) / 90)
    light = 0.85 * np.exp(-(far**3)).astype(np.float32)
    assert lost(read(engine, tmp_path, grey + (255 - grey) * light)) <= 2


def test_pale_rows_that_cannot_be_read_send_the_page_to_a_person(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    grey = printed(tmp_path)
    chance = np.random.default_rng(5)
    for line in (1, 2, 3):
        strip = grey[rows_of(line)]
        blocks = np.array_split(strip, strip.shape[1] // 12, axis=1)
        mixed = np.concatenate([blocks[at] for at in chance.permutation(len(blocks))], axis=1)
        grey[rows_of(line)] = PAPER - 0.25 * (PAPER - mixed)
    reading = read(engine, tmp_path, grey)
    assert reading.unread > 0.02
    assert is_hard_to_read(reading, below=HARD_BELOW)
