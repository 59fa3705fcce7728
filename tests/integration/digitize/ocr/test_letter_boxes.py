"""Forms with boxes: one sign in each, or a tick."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from archive_service.bench.digitize import model_folder
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.words import PageReading
from tests.worlds.papers.page_images import font

ASKED = (
    ("Họ và tên:", "TRẦN VĂN LÂM"),
    ("Ngày sinh:", "05111957"),
    ("Số chứng minh:", "181234567"),
    ("Quê quán:", "HÀ TĨNH"),
)
TICKED = (("Nam", True), ("Nữ", False), ("Đã kết hôn", True), ("Chưa kết hôn", False))
BOXES, SIDE = 16, 42
TEXT = "Tôi cam đoan lời khai trên đây là đúng sự thật"


@pytest.fixture(scope="module")
def engine() -> Iterator[TesseractEngine]:
    with TesseractEngine(model_folder("best_int"), workers=1) as opened:
        yield opened


def read(page: Image.Image, engine: TesseractEngine, folder: Path) -> PageReading:
    grain = np.random.default_rng(7).normal(0, 4, (*page.size[::-1], 3))
    path = folder / "page.png"
    scanned = (np.asarray(page) + grain).clip(0, 255).astype(np.uint8)
    Image.fromarray(scanned).save(path, dpi=(200, 200))
    (reading,) = engine.read([PageRequest(path)])
    assert isinstance(reading, PageReading)
    return reading


def form(*, apart: int = 0, scribbled: bool = False) -> Image.Image:
    page = Image.new("RGB", (1240, 860), "white")
    draw, hand = ImageDraw.Draw(page), np.random.default_rng(3)
    for number, (asked, answer) in enumerate(ASKED):
        top = 60 + 85 * number
        draw.text((80, top), asked, font=font(), fill=0)
        for at in range(BOXES):
            left = 400 + (SIDE + apart) * at
            draw.rectangle((left, top - 6, left + SIDE, top + 44), outline=(50, 50, 50), width=2)
            sign = answer[at : at + 1].strip()
            if sign and scribbled:
                stroke = [(left + x, top + y) for x, y in hand.integers(6, 36, (7, 2)).tolist()]
                draw.line(stroke, fill=(20, 30, 90), width=3, joint="curve")
            elif sign:
                width = draw.textlength(sign, font=font())
                draw.text((left + (SIDE - width) / 2, top), sign, font=font(), fill=0)
    for number, (choice, ticked) in enumerate(TICKED):
        top = 440 + 70 * number
        draw.rectangle((90, top + 6, 120, top + 36), outline=0, width=2)
        if ticked:
            draw.line((92, top + 8, 118, top + 34), fill=0, width=3)
            draw.line((92, top + 34, 118, top + 8), fill=0, width=3)
        draw.text((140, top), choice, font=font(), fill=0)
    draw.text((80, 760), TEXT, font=font(), fill=0)
    return page


@pytest.mark.parametrize("apart", [0, 8])
def test_signs_in_boxes_are_read_as_what_they_spell_beside_what_is_asked(
    apart: int, engine: TesseractEngine, tmp_path: Path
) -> None:
    reading = read(form(apart=apart), engine, tmp_path)
    lines = reading.text.splitlines()
    for asked, answer in ASKED:
        assert f"{asked} {answer}" in lines, reading.text


def test_frames_and_ticks_are_no_words(engine: TesseractEngine, tmp_path: Path) -> None:
    reading = read(form(), engine, tmp_path)
    wanted = {word for asked, answer in ASKED for word in f"{asked} {answer}".split()}
    wanted |= {word for choice, _ in TICKED for word in choice.split()} | set(TEXT.split())
    assert {word.text for word in reading.iter_words()} == wanted
    assert reading.confidence is not None
    assert reading.confidence > 85


def test_a_word_in_boxes_stands_where_its_boxes_are(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    reading = read(form(), engine, tmp_path)
    name = next(word for word in reading.iter_words() if word.text == "VĂN")
    left, top, right, bottom = reading.on_page(name)
    assert abs(left - (400 + 5 * SIDE)) < 8
    assert abs(right - (400 + 8 * SIDE)) < 8
    assert abs(top - 54) < 8
    assert abs(bottom - 104) < 8


def test_what_cannot_be_read_in_boxes_is_no_word_and_lowers_the_figure_of_the_page(
    engine: TesseractEngine, tmp_path: Path
) -> None:
    reading = read(form(scribbled=True), engine, tmp_path)
    wanted = {word for asked, _ in ASKED for word in asked.split()}
    wanted |= {word for choice, _ in TICKED for word in choice.split()} | set(TEXT.split())
    assert {word.text for word in reading.iter_words()} <= wanted, reading.text
    assert reading.confidence is not None
    assert reading.confidence < 75
