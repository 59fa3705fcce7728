"""Damaged data: decoders make a picture of them all the same, and that is told."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from archive_service.domain.intake.finding import Severity
from archive_service.formats.decoded import DecodedPage, decode_page
from archive_service.formats.measure.file import measure_file_here
from archive_service.formats.measure.judge import judge
from archive_service.formats.measure.limits import load_limits
from archive_service.formats.page_image import read_page_image_here
from tests.worlds.papers import bad_scans, flaws
from tests.worlds.papers.scanned_pages import scanned

MOST_PIXELS = 120_000_000


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A good page of an office's scanner."""
    path = tmp_path / "page.jpg"
    path.write_bytes(scanned(1))
    return path


def decoded(path: Path) -> DecodedPage:
    return decode_page(path, read_page_image_here(path), lambda image: image.convert("RGB"))


def cut_and_closed(path: Path) -> Path:
    """What came before the connection broke, with the end that a careful program adds."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 85 // 100] + b"\xff\xd9")
    return path


def test_a_whole_page_has_the_pixels_of_pillow_and_no_damage(page: Path) -> None:
    found = decoded(page)
    with Image.open(page) as opened:
        assert np.array_equal(found.pixels[:, :, ::-1], np.asarray(opened))
    assert found.damage == ""


def test_grey_and_turned_pages_come_as_they_lie(tmp_path: Path, page: Path) -> None:
    path = tmp_path / "grey.jpg"
    with Image.open(page) as opened:
        exif = Image.Exif()
        exif[0x0112] = 6
        opened.convert("L").save(path, dpi=(200, 200), exif=exif)
        assert decoded(path).pixels.shape == (opened.height, opened.width)


@pytest.mark.parametrize("harm", [bad_scans.overwritten, cut_and_closed])
def test_a_damaged_jpeg_is_told(page: Path, harm: Callable[[Path], Path]) -> None:
    assert "Corrupt JPEG data" in decoded(harm(page)).damage


def test_a_filled_up_jpeg_is_whole(page: Path) -> None:
    data = page.read_bytes()
    page.write_bytes(data[:-2] + b"\0\0\0" + data[-2:])
    assert decoded(page).damage == ""


def test_a_damaged_fax_is_told(tmp_path: Path, page: Path) -> None:
    path = tmp_path / "fax.tif"
    with Image.open(page) as opened:
        opened.convert("1").save(path, compression="group4")
    assert decoded(path).damage == ""
    assert "Fax4Decode" in decoded(bad_scans.overwritten(path)).damage


def test_nothing_of_a_jpeg_is_an_error(page: Path) -> None:
    page.write_bytes(page.read_bytes()[:700])
    with pytest.raises(OSError, match=r"JPEG|truncated"):
        decoded(page)


def test_damage_is_the_only_thing_said_of_a_page(page: Path) -> None:
    bad_scans.overwritten(page)
    facts = read_page_image_here(page)
    (told,) = judge(
        measure_file_here(page, facts, MOST_PIXELS), facts, load_limits("administrative")
    )
    assert (told.code, told.severity) == ("page-damaged", Severity.ERROR)


def test_png_that_is_damaged_is_refused(tmp_path: Path, page: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(flaws.png(Image.open(io.BytesIO(page.read_bytes()))))
    with pytest.raises(OSError, match="data stream"):
        decoded(bad_scans.overwritten(path))
