"""A page whose file asks to be turned stands upright once: for the engine, and in the PDF."""

from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from digitize.documents.pdfa import image_to_pdf_here
from digitize.ocr.pixels import load_pixels

ORIENTATION = 0x0112
DPI = 200
# Where the ink of the upper left corner stands upright: its centre, as shares of the page.
CORNER = {1: (0.125, 0.083), 3: (0.875, 0.917), 6: (0.917, 0.125), 8: (0.083, 0.875)}


@pytest.mark.parametrize("orientation", CORNER)
@pytest.mark.parametrize(
    ("suffix", "mode", "compression"),
    [
        (".tif", "RGB", None),
        (".tif", "RGB", "tiff_lzw"),
        (".tif", "1", "group4"),
        (".jpg", "RGB", None),
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

    read = load_pixels(page).image
    assert image_to_pdf_here(page, tmp_path / "page.pdf", DPI) is None
    with pypdfium2.PdfDocument(tmp_path / "page.pdf") as pdf:
        shown = np.asarray(pdf[0].render(scale=DPI / 72).to_pil().convert("L"))
    for image in (read, shown):
        assert image.shape[:2] == ((400, 300) if orientation in (6, 8) else (300, 400))
        assert centre_of_ink(image) == pytest.approx(CORNER[orientation], abs=0.01)


def centre_of_ink(image: "np.typing.NDArray[np.uint8]") -> tuple[float, float]:
    """As shares of width and height."""
    grey = image if image.ndim == 2 else image[:, :, 0]
    rows, columns = np.nonzero(grey < 128)
    return float(columns.mean()) / grey.shape[1], float(rows.mean()) / grey.shape[0]
