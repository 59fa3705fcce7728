"""A page that is to be turned, mirrored or stretched is so once: for the engine, and in the PDF."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from archive_service.formats.page_image import read_page_image_here, why_not_digitized
from archive_service.formats.picture import make_picture_here
from archive_service.forms.access_copy import Part, press_access_copy
from digitize.documents.pdfa import image_to_pdf_here
from digitize.ocr.pixels import load_pixels
from tests.worlds.papers import strange_images

ORIENTATION = 0x0112
DPI = 200
# Where the ink of the upper left corner stands upright: its centre, as shares of the page.
CORNER = {
    1: (0.125, 0.083),
    2: (0.875, 0.083),
    3: (0.875, 0.917),
    4: (0.125, 0.917),
    5: (0.083, 0.125),
    6: (0.917, 0.125),
    7: (0.917, 0.875),
    8: (0.083, 0.875),
}


@pytest.mark.parametrize("make", strange_images.KINDS)
def test_a_page_that_no_pdfa_takes_is_shown_as_it_was_meant(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    page = make(tmp_path)
    came = page.read_bytes()
    assert read_page_image_here(page).converted_from == strange_images.KINDS[make]
    for image in (load_pixels(page).image, in_pdf(page), picture_of(page)):
        assert image.shape[:2] == (300, 400)
        assert centre_of_ink(image) == pytest.approx(CORNER[1], abs=0.01)
        assert (image.min(), image.max()) == (pytest.approx(0, abs=60), pytest.approx(255, abs=6))
    assert page.read_bytes() == came


@pytest.mark.parametrize("orientation", CORNER)
@pytest.mark.parametrize(
    ("suffix", "mode", "compression"),
    [
        (".tif", "RGB", None),
        (".tif", "RGB", "tiff_lzw"),
        (".tif", "1", "group4"),
        (".jpg", "RGB", None),
        (".jpg", "L", None),
        (".jpg", "CMYK", None),
        (".tif", "CMYK", "tiff_lzw"),
        (".png", "RGBA", None),
        (".png", "RGB", None),
    ],
)
def test_a_page_is_turned_once(
    tmp_path: Path, orientation: int, suffix: str, mode: str, compression: str | None
) -> None:
    page = tmp_path / f"page{suffix}"
    paper = Image.new("RGB", (400, 300), "white")
    paper.paste((0, 0, 0), (0, 0, 100, 50))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    more = {} if compression is None else {"compression": compression}
    paper.convert(mode).save(page, dpi=(DPI, DPI), exif=exif, **more)

    for image in (load_pixels(page).image, in_pdf(page), picture_of(page)):
        assert image.shape[:2] == ((400, 300) if orientation >= 5 else (300, 400))
        assert centre_of_ink(image) == pytest.approx(CORNER[orientation], abs=0.01)


@pytest.mark.parametrize("orientation", CORNER)
@pytest.mark.parametrize(("suffix", "mode"), [(".tif", "1"), (".tif", "RGB"), (".jpg", "RGB")])
@pytest.mark.parametrize("dpi", [(200, 100), (100, 200)])
def test_a_page_whose_pixels_are_not_square_is_stretched(
    tmp_path: Path, orientation: int, suffix: str, mode: str, dpi: tuple[int, int]
) -> None:
    page = tmp_path / f"fax{suffix}"
    across, down = (DPI // side for side in dpi)
    paper = Image.new("RGB", (400 // across, 300 // down), "white")
    paper.paste((0, 0, 0), (0, 0, 100 // across, 50 // down))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    paper.convert(mode).save(page, dpi=dpi, exif=exif)

    for image in (load_pixels(page).image, in_pdf(page), picture_of(page)):
        assert image.shape[:2] == ((400, 300) if orientation >= 5 else (300, 400))
        assert centre_of_ink(image) == pytest.approx(CORNER[orientation], abs=0.01)


@pytest.mark.parametrize("dpi", [(0, 0), (200, 0), (200, 1), (204, 30), (65535, 65535), (3, 3)])
def test_a_resolution_that_cannot_be_meant_is_none(tmp_path: Path, dpi: tuple[int, int]) -> None:
    page = tmp_path / "page.tif"
    Image.new("L", (400, 300), "white").save(page)
    facts = read_page_image_here(with_resolution(page, dpi))
    assert (facts.dpi, facts.square_dpi, facts.square_px) == (None, None, (400, 300))


def test_a_photograph_with_a_preview_behind_it_is_one_page(tmp_path: Path) -> None:
    page = tmp_path / "telephone.jpg"
    paper = Image.new("RGB", (400, 300), "white")
    paper.paste((0, 0, 0), (0, 0, 100, 50))
    preview = [paper.resize((40, 30))]
    paper.save(page, "MPO", save_all=True, append_images=preview, dpi=(DPI, DPI))
    facts = read_page_image_here(page)
    assert (facts.media_type, facts.frames) == ("image/jpeg", 1)
    assert why_not_digitized(facts, most_pixels=1_000_000) is None
    for image in (load_pixels(page).image, in_pdf(page), picture_of(page)):
        assert image.shape[:2] == (300, 400)
        assert centre_of_ink(image) == pytest.approx(CORNER[1], abs=0.01)
    with pypdfium2.PdfDocument(page.with_suffix(".pdf")) as pdf:
        assert len(pdf) == 1
    assert press_access_copy([Part(page.name, page)], tmp_path / "copy.pdf", "{name}", "") == 1


def with_resolution(page: Path, dpi: tuple[int, int]) -> Path:
    """A TIFF that states it as its header can: of 0, nothing divided by nothing."""
    with Image.open(page) as image:
        across, down = (IFDRational(side, min(side, 1)) for side in dpi)
        image.save(page, tiffinfo={282: across, 283: down, 296: 2})
    return page


def in_pdf(page: Path) -> "np.typing.NDArray[np.uint8]":
    """The page as its PDF shows it."""
    target = page.with_suffix(".pdf")
    assert image_to_pdf_here(page, target, DPI) is None
    with pypdfium2.PdfDocument(target) as pdf:
        return np.asarray(pdf[0].render(scale=DPI / 72).to_pil().convert("L"))


def picture_of(page: Path) -> "np.typing.NDArray[np.uint8]":
    """The page as browsers are shown it."""
    with Image.open(io.BytesIO(make_picture_here(page, 1_000_000))) as picture:
        return np.asarray(picture.convert("L"))


def centre_of_ink(image: "np.typing.NDArray[np.uint8]") -> tuple[float, float]:
    """As shares of width and height."""
    grey = image if image.ndim == 2 else image[:, :, 0]
    rows, columns = np.nonzero(grey < 128)
    return float(columns.mean()) / grey.shape[1], float(rows.mean()) / grey.shape[0]
