"""A sheet is found on a photograph, wherever it lies; a scan is the whole page."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitize.ocr.photographs.flat import flat_of
from digitize.ocr.photographs.sheet import find_sheet
from tests.worlds.papers import flaws
from tests.worlds.papers.page_images import LINES, page_image
from tests.worlds.papers.photographs import STEEP, TURNED, Corners, photographed


@pytest.fixture
def page(tmp_path: Path) -> Image.Image:
    path = page_image(tmp_path / "page.png", lines=LINES * 3)
    return Image.open(path).convert("RGB")


def pixels(image: Image.Image) -> np.ndarray:
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[..., ::-1])


@pytest.mark.parametrize("corners", [STEEP, TURNED], ids=["steep", "turned"])
@pytest.mark.parametrize("ground", [(96, 66, 44), (30, 60, 150), (20, 20, 22)])
def test_the_corners_of_a_photographed_sheet_are_found(
    page: Image.Image, corners: Corners, ground: tuple[int, int, int]
) -> None:
    shot, _ = photographed(page, corners, ground=ground)
    sheet = find_sheet(pixels(shot))
    assert sheet is not None
    assert np.abs(sheet.corners - np.array(corners)).max() < 15
    assert find_sheet(pixels(shot.convert("L"))) is not None


def test_what_fills_its_image_or_is_no_sheet_is_left_alone(page: Image.Image) -> None:
    rng = np.random.default_rng(1)
    black = np.clip(12 + rng.normal(0, 3, (2339, 1654, 3)), 0, 255).astype(np.uint8)
    noise = rng.integers(0, 255, (2339, 1654, 3)).astype(np.uint8)
    drawing = np.full((1200, 900, 3), 30, np.uint8)
    cv2.circle(drawing, (450, 600), 300, (220, 220, 220), -1)
    negative = 255 - np.asarray(page)
    for image in (pixels(page), black, noise, drawing, negative, np.zeros((1, 1, 3), np.uint8)):
        assert find_sheet(image) is None
    for rimmed in (flaws.dark_rim(page, 2), flaws.dark_rim(page, 20)):
        assert find_sheet(pixels(rimmed)) is None


def test_the_border_of_a_shadow_through_the_text_is_no_edge_of_the_sheet(page: Image.Image) -> None:
    shot, _ = photographed(page, STEEP, ground=(120, 120, 125))
    across = np.arange(shot.width) / shot.width
    light = 1 - 0.5 / (1 + np.exp((0.55 - across) * 50))
    shaded = (pixels(shot) * light[None, :, None]).astype(np.uint8)
    sheet = find_sheet(shaded)
    assert sheet is None or np.abs(sheet.corners - np.array(STEEP)).max() < 15


@pytest.mark.parametrize("squared", [False, True])
def test_rules_that_run_to_the_edge_of_a_sheet_are_no_text_beyond_it(
    page: Image.Image, *, squared: bool
) -> None:
    draw = ImageDraw.Draw(page)
    for y in range(120, page.height - 20, 60):
        draw.line((0, y, page.width, y), fill="#9ab0d8", width=2)
    for x in range(0, page.width if squared else 0, 40):
        draw.line((x, 0, x, page.height), fill="#9ab0d8", width=2)
    sheet = find_sheet(pixels(photographed(page, STEEP, ground=(96, 66, 44))[0]))
    assert sheet is not None
    assert np.abs(sheet.corners - np.array(STEEP)).max() < 15


def test_a_bent_sheet_is_laid_flat_by_its_edges(page: Image.Image) -> None:
    shot, way = photographed(page, STEEP, arch=70)
    flat = flat_of(pixels(shot))
    assert flat is not None
    assert len(flat.top) > 1
    assert len(flat.bottom) > 1
    # The middle of a line of the page lies as high on the flat sheet as its ends.
    for y in (0.25, 0.5, 0.75):
        on_sheet = np.array([(x * flat.width, y * flat.height) for x in (0.1, 0.5, 0.9)])
        there = np.column_stack((flat.on_photograph(on_sheet), np.ones(3)))
        across, down, far = np.linalg.inv(way) @ there.T
        bent = down / far + 70 * np.sin(np.pi * across / far / page.width)
        assert np.ptp(bent) < 12
