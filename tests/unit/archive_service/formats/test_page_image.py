"""What the header of a page image says."""

from pathlib import Path

import pytest
from PIL import Image

from archive_service.formats.child import FailureReason, ParserFailure
from archive_service.formats.page_image import PageImageFacts, read_page_image
from tests.worlds.papers.page_images import page_image


def facts(path: Path) -> PageImageFacts:
    found = read_page_image(path)
    assert isinstance(found, PageImageFacts)
    return found


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [("jpg", "image/jpeg"), ("png", "image/png"), ("tif", "image/tiff")],
)
def test_size_resolution_and_colour_are_read(tmp_path: Path, suffix: str, media_type: str) -> None:
    found = facts(page_image(tmp_path / f"a.{suffix}"))
    assert found.media_type == media_type
    assert (found.width_px, found.height_px, found.depth_bits) == (1654, 2339, 24)
    assert found.dpi == pytest.approx(200, abs=0.2)
    assert found.colour


def test_grey_and_two_levels_are_told_apart(tmp_path: Path) -> None:
    grey = facts(page_image(tmp_path / "a.jpg", mode="L"))
    black = facts(page_image(tmp_path / "b.tif", mode="1"))
    assert (grey.colour, grey.depth_bits) == (False, 8)
    assert (black.colour, black.depth_bits) == (False, 1)


def test_a_resolution_that_is_missing_or_a_placeholder_is_none(tmp_path: Path) -> None:
    Image.new("RGB", (100, 100)).save(tmp_path / "a.jpg")
    Image.new("RGB", (100, 100)).save(tmp_path / "b.jpg", dpi=(1, 1))
    assert facts(tmp_path / "a.jpg").dpi is None
    assert facts(tmp_path / "b.jpg").dpi is None


def test_the_pages_of_a_tiff_are_counted(tmp_path: Path) -> None:
    page = Image.new("L", (50, 50))
    page.save(tmp_path / "a.tif", save_all=True, append_images=[page, page])
    assert facts(tmp_path / "a.tif").frames == 3


def test_a_turn_asked_for_by_exif_is_told(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 40)).save(tmp_path / "a.jpg", exif=exif)
    assert facts(tmp_path / "a.jpg").turned_deg == 90


def test_what_is_no_image_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    found = read_page_image(tmp_path / "a.jpg")
    assert isinstance(found, ParserFailure)
    assert found.reason is FailureReason.FAILED
