"""Pages that were printed and scanned, good ones, for whoever measures pages."""

import io
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.ink import InkMarks
from archive_service.demo.papers import print_paper, read_case
from archive_service.demo.scans import page_images, pixel_box, scan
from archive_service.formats.measure.measures import PageMeasures
from archive_service.formats.measure.page import measure_page
from archive_service.formats.page_image import PageImageFacts, read_page_image_here
from archive_service.forms.typst_form import FONTS

Printed = tuple[Image.Image, InkMarks | None]


@lru_cache(maxsize=1)
def printed() -> tuple[Printed, ...]:
    """The pages of the sample's scanned case file as they come out of the printer."""
    found: list[Printed] = []
    for paper in read_case("case_b").papers:
        with tempfile.TemporaryDirectory() as folder:
            pdf = Path(folder) / "paper.pdf"
            place = print_paper(paper, pdf, agency=SAMPLE_AGENCY)
            for number, page in enumerate(page_images(pdf)):
                marks = None
                if place is not None and place.page == number:
                    marks = InkMarks(pixel_box(place), "SỞ CÔNG TRÌNH", "DẤU")
                found.append((page, marks))
    return tuple(found)


def scanned(number: int, *, seed: int = 5) -> bytes:
    """The JPEG of one good page: an office's scanner, hardly askew, stamped where signed."""
    page, marks = printed()[number % len(printed())]
    rng = np.random.default_rng((seed, number))
    skew = float(rng.uniform(-0.8, 0.8))
    return scan(page, rng, fonts=FONTS, skew_degrees=skew, marks=marks)


def opened(jpeg: bytes) -> Image.Image:
    """The page of a file."""
    return Image.open(io.BytesIO(jpeg)).convert("RGB")


def measured(file: bytes, *, dpi: float | None = None) -> tuple[PageMeasures, PageImageFacts]:
    """What is measured on a file's only page."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page"
        path.write_bytes(file)
        facts = read_page_image_here(path)
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB" if facts.colour else "L"))
    if pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[:, :, ::-1])
    return measure_page(pixels, facts, dpi=dpi or facts.dpi), facts
