"""A page made easy to read keeps all that is written on it, where it can be found again."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from archive_service.demo.old_papers.kinds import old_pages
from digitize.looks.mixed_raster import layers_of
from digitize.looks.page import Look, look_of
from digitize.ocr.clean import find_skew, only_grey
from digitize.ocr.pixels import load_pixels
from tests.worlds.papers.page_images import SIZE, drawn_words, font, page_image

LID_PX = 60


def look(path: Path, turn_deg: int = 0) -> Look:
    return look_of(load_pixels(path, turn_deg=turn_deg))


def under_a_lid(path: Path) -> Path:
    """The page shifted on the glass: the scanner's open lid is black at two sides."""
    with Image.open(path) as page:
        glass = Image.new("RGB", (page.width + LID_PX, page.height + LID_PX), (18, 17, 20))
        glass.paste(page, (LID_PX, 0))
    glass.save(path, dpi=(200, 200), quality=90)
    return path


def ink_near(found: Look, shares: np.ndarray) -> list[bool]:
    """Whether dark ink lies at these places of the page as it lies in its file."""
    grey = only_grey(found.image)
    return [
        bool((grey[round(y) - 14 : round(y) + 14, round(x) - 4 : round(x) + 14] < 128).any())
        for x, y in found.places(shares)
    ]


@pytest.mark.parametrize("skew_deg", [0.0, 2.5, -1.7])
def test_lines_are_level_on_white_paper_without_black_edges(
    tmp_path: Path, skew_deg: float
) -> None:
    found = look(under_a_lid(page_image(tmp_path / "page.jpg", clockwise_deg=skew_deg)))
    assert found.is_print
    grey = only_grey(found.image)
    assert abs(find_skew(grey)) < 0.15
    assert np.median(grey) >= 250
    for side in (grey[:, :8], grey[:, -8:], grey[:8], grey[-8:]):
        assert (side < 128).mean() < 0.01
    assert grey.shape[0] < SIZE[1] * 1.06
    assert grey.min() < 30


def test_every_word_is_found_where_it_went(tmp_path: Path) -> None:
    found = look(under_a_lid(page_image(tmp_path / "page.jpg")))
    size = SIZE[0] + LID_PX, SIZE[1] + LID_PX
    middles = [
        ((drawn_word.left + drawn_word.right) / 2 + LID_PX, drawn_word.middle)
        for drawn_word in drawn_words()
    ]
    assert all(ink_near(found, np.array(middles) / size))


def test_a_page_that_was_turned_on_the_desk_stands_upright(tmp_path: Path) -> None:
    page = page_image(tmp_path / "page.jpg")
    with Image.open(page) as upright:
        lying = upright.rotate(90, expand=True)  # anticlockwise
    lying.save(page, dpi=(200, 200), quality=90)
    found = look(page, turn_deg=90)
    assert found.image.shape[0] > found.image.shape[1]
    middles = np.array(
        [
            ((drawn_word.left + drawn_word.right) / 2, drawn_word.middle)
            for drawn_word in drawn_words()
        ]
    )
    there = np.column_stack((middles[:, 1] / SIZE[1], 1 - middles[:, 0] / SIZE[0]))
    assert all(ink_near(found, there))


def test_a_photographed_sheet_is_laid_flat_and_its_words_go_with_it(tmp_path: Path) -> None:
    (drawn,) = old_pages("telephone", 5, 1)
    page = tmp_path / f"page{drawn.suffix}"
    page.write_bytes(drawn.file)
    found = look(page)
    assert found.flat is not None
    assert found.is_print
    assert abs(find_skew(only_grey(found.image))) < 0.5


def test_a_picture_is_left_as_it_came(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    cloudy = Image.fromarray(rng.integers(0, 255, (40, 60, 3), np.uint8)).resize((1200, 800))
    page = tmp_path / "photo.png"
    cloudy.filter(ImageFilter.GaussianBlur(9)).save(page, dpi=(200, 200))
    found = look(page)
    assert not found.is_print
    with Image.open(page) as before:
        assert np.array_equal(found.image[:, :, ::-1], np.asarray(before))


@pytest.mark.parametrize("ink", [195, 210])
def test_pale_writing_stays_at_least_as_dark_as_it_is(tmp_path: Path, ink: int) -> None:
    page = tmp_path / "page.png"
    image = Image.new("RGB", SIZE, (235, 235, 235))
    draw = ImageDraw.Draw(image)
    for number in range(8):
        draw.text((180, 200 + 80 * number), "Ghi bằng bút chì, đã mờ", font=font(), fill=(ink,) * 3)
    image.save(page, dpi=(200, 200))
    found = look(page)
    assert only_grey(found.image)[150:900].min() <= ink * 255 / 235 + 3
    with Image.open(io.BytesIO(layers_of(found).below)) as below:
        assert np.asarray(below.convert("L")).min() < 240


@pytest.mark.parametrize("size", [(8, 8), (8, 900), (900, 8), (40, 40)])
@pytest.mark.parametrize("shade", [0, 255])
def test_a_page_of_hardly_anything_is_shown(
    tmp_path: Path, size: tuple[int, int], shade: int
) -> None:
    page = tmp_path / "page.png"
    Image.new("L", size, shade).save(page, dpi=(200, 200))
    assert look(page).image.size


def test_ink_of_each_colour_is_painted_in_it(tmp_path: Path) -> None:
    page = page_image(tmp_path / "page.jpg")
    with Image.open(page) as opened:
        signed = opened.convert("RGB")
    ImageDraw.Draw(signed).line([(300, 1500), (700, 1420), (900, 1600)], (28, 42, 165), 7)
    ImageDraw.Draw(signed).ellipse([500, 1300, 800, 1600], outline=(200, 30, 40), width=8)
    signed.save(page, dpi=(200, 200), quality=92)
    colours = [stencil.colour for stencil in layers_of(look(page)).stencils]
    red, blue, black = colours
    assert red[0] > 2 * max(red[1:])
    assert blue[2] > 2 * max(blue[:2])
    assert black == (0.0, 0.0, 0.0)
