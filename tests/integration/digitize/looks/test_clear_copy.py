"""The clear copy of old paper: small, PDF/A-2b, its words where they are seen."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from archive_service.demo.old_papers.kinds import KINDS, old_pages
from archive_service.formats.pdf.pdfa import CopyFacts
from digitize.looks.clear_copy import Source, clear_copy_here, clear_page_here
from digitize.ocr.words import Line, PageReading, Word
from tests.worlds.papers.page_images import LINES, SIZE, drawn_words, page_image

MADE_AT = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
PIXELS = 100_000_000
MOST_OF_ORIGINAL = 0.6
FIXED = 8_500  # bytes of font, fields and colour profile, on these small pages a tenth


def make(target: Path, *sources: Source) -> Path:
    about = CopyFacts(file_code="H40.18.2025.01.QLCT", ordinal=1)
    clear_copy_here(sources, target, PIXELS, "Biên bản", MADE_AT, about)
    return target


def reading() -> PageReading:
    """What stands on ``page_image``, read without an error."""
    words = [
        Word(one.word, 95, round(one.left), round(one.middle) - 20, round(one.right),
             round(one.middle) + 20)
        for one in drawn_words()
    ]  # fmt: skip
    lines, rest = [], iter(words)
    for text in LINES:
        row = tuple(next(rest) for _ in text.split())
        left, right = row[0].left, row[-1].right
        foot = row[0].bottom
        lines.append(Line(row, left, row[0].top, right, foot, foot, foot, starts_block=False))
    return PageReading(*SIZE, 200.0, tuple(lines))


def test_old_paper_in_colour_is_smaller_by_far_and_verapdf_passes_it(
    tmp_path: Path, tools: ModuleType
) -> None:
    made = []
    for kind in KINDS:
        (drawn,) = old_pages(kind, 77, 1)
        page = tmp_path / f"{kind}{drawn.suffix}"
        page.write_bytes(drawn.file)
        made.append(make(tmp_path / f"{kind}.pdf", Source(page)))
        if drawn.suffix == ".jpg":  # a fax of one bit has nothing to give
            size = made[-1].stat().st_size - FIXED
            assert size <= MOST_OF_ORIGINAL * page.stat().st_size, kind
    for verdict in tools.verapdf(made):
        assert (verdict.passed, verdict.flavour) == (True, "2b"), verdict.details


def test_what_is_painted_is_what_the_page_says(tmp_path: Path) -> None:
    page = page_image(tmp_path / "page.jpg")
    made = make(tmp_path / "clear.pdf", Source(page, reading=reading()))
    with pypdfium2.PdfDocument(made) as pdf:
        drawn = pdf[0].render(scale=200 / 72).to_pil().convert("L")
        text = pdf[0].get_textpage().get_text_range()
    for one in drawn_words():
        around = drawn.crop(
            (int(one.left), int(one.middle) - 24, int(one.right), int(one.middle) + 24)
        )
        darkest, lightest = around.getextrema()
        assert darkest < 40, one.word
        assert lightest > 240, one.word
    assert re.sub(r"\s+", " ", text).strip() == " ".join(LINES)


def test_a_picture_goes_in_as_it_came_between_pages_of_print(tmp_path: Path) -> None:
    import numpy as np

    rng = np.random.default_rng(4)
    photo = tmp_path / "photo.jpg"
    tones = Image.fromarray(rng.integers(0, 255, (40, 60, 3), np.uint8)).resize((900, 600))
    tones.save(photo, dpi=(200, 200), quality=85)
    page = page_image(tmp_path / "page.jpg")
    made = make(tmp_path / "clear.pdf", Source(page), Source(photo), Source(page))
    with pikepdf.open(made) as pdf:
        assert len(pdf.pages) == 3
        (image,) = pdf.pages[1].get_images().values()
        assert image.read_raw_bytes() == photo.read_bytes()


def test_a_page_of_a_pdf_that_was_never_scanned_stays_what_it_is(tmp_path: Path) -> None:
    from tests.worlds.door import write_pdf

    written = tmp_path / "written.pdf"
    write_pdf(written, words="bàn giao công trình")
    image, _ = clear_page_here(Source(written, 1), PIXELS)
    assert image.startswith(b"\xff\xd8")


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_was_scanned_lying_stands_upright_as_its_words_were_read(
    tmp_path: Path, turn: int
) -> None:
    page = page_image(tmp_path / "page.jpg")
    with Image.open(page) as upright:
        upright.rotate(-turn, expand=True).save(page, dpi=(200, 200), quality=90)
    lying = replace(reading(), lines=tuple(_lying(line, turn) for line in reading().lines))
    if turn != 180:
        lying = replace(lying, width_px=SIZE[1], height_px=SIZE[0])
    _, words = clear_page_here(Source(page, reading=lying), PIXELS)
    (first, second, *_) = words
    assert [word.text for word in words] == " ".join(LINES).split()
    assert first.x + first.width <= second.x + 0.001
    assert abs(first.y - second.y) < 0.01
    assert abs(first.x * SIZE[0] - drawn_words()[0].left) < 12


def _lying(line: Line, turn: int) -> Line:
    words = []
    for word in line.words:
        corners = [
            _turned(x, y, turn) for x in (word.left, word.right) for y in (word.top, word.bottom)
        ]
        xs, ys = zip(*corners, strict=True)
        words.append(replace(word, left=min(xs), top=min(ys), right=max(xs), bottom=max(ys)))
    return replace(line, words=tuple(words))


def _turned(x: int, y: int, turn: int) -> tuple[int, int]:
    """A place of the upright page on the page that lies turned so far clockwise."""
    width, height = SIZE
    return {90: (height - y, x), 180: (width - x, height - y), 270: (y, width - x)}[turn]


def test_words_are_told_as_shares_of_the_picture(tmp_path: Path) -> None:
    page = page_image(tmp_path / "page.jpg")
    _, words = clear_page_here(Source(page, reading=reading()), PIXELS)
    assert [word.text for word in words] == " ".join(LINES).split()
    assert all(0 <= word.x < word.x + word.width <= 1 for word in words)
    rows = {word.line for word in words}
    assert rows == set(range(len(LINES)))


def test_a_damaged_page_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    from digitize.ocr.pixels import PageImageUnreadableError

    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 no picture")
    with pytest.raises(PageImageUnreadableError):
        make(tmp_path / "clear.pdf", Source(broken))
    assert not (tmp_path / "clear.pdf").exists()
