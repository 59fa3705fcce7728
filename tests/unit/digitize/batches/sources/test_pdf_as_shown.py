"""Pages of a PDF as its viewers show them, whatever lies in or below their images."""

import hashlib
import io
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from archive_service.formats.picture import make_picture_here
from digitize.batches.sources.frames import Frame, FrameRefused, Splitter
from tests.unit.digitize.batches.sources.split import pages_of
from tests.worlds.papers import bad_scans
from tests.worlds.papers.bad_scans import jpeg


@pytest.mark.parametrize("in_pdf", ["ifvalid", "0", "90"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_page_of_a_pdf_stands_as_its_viewers_show_it_whatever_its_image_asks(
    tmp_path: Path, splitter: Splitter, orientation: int, in_pdf: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    paper = Image.new("RGB", (400, 300), "white")
    paper.paste((0, 0, 0), (0, 0, 100, 50))
    paper.save(tmp_path / "1.jpg", exif=exif, dpi=(200, 200))
    path = tmp_path / "hop.pdf"
    at_200 = img2pdf.get_fixed_dpi_layout_fun((200, 200))
    turn = img2pdf.Rotation[in_pdf]
    path.write_bytes(img2pdf.convert(str(tmp_path / "1.jpg"), layout_fun=at_200, rotation=turn))
    with pypdfium2.PdfDocument(path) as pdf:
        shown = pdf[0].render(scale=200 / 72).to_pil().convert("L").resize((60, 60))
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    with splitter.staging.path(page.sha256) as made:
        found = make_picture_here(made, 1_000_000, page.turn_deg)
    seen = Image.open(io.BytesIO(found)).convert("L").resize((60, 60))
    assert np.abs(np.asarray(seen, np.int16) - np.asarray(shown, np.int16)).mean() < 3


@pytest.mark.parametrize(("asked", "turned"), [(45, 0), (-45, 0), (135, 90), (450, 90)])
def test_a_page_is_turned_by_whole_quarters_alone(
    tmp_path: Path, splitter: Splitter, asked: int, turned: int
) -> None:
    path = tmp_path / "turned.pdf"
    with pikepdf.open(bad_scans.pdf_of(tmp_path, jpeg(tmp_path / "1.jpg"))) as pdf:
        pdf.pages[0].Rotate = asked
        pdf.save(path)
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    assert page.turn_deg == turned


@pytest.mark.parametrize("sheer", [False, True])
def test_words_below_an_image_of_the_whole_page_are_unseen_too(
    tmp_path: Path, splitter: Splitter, *, sheer: bool
) -> None:
    one = jpeg(tmp_path / "1.jpg")
    path = tmp_path / "read.pdf"
    with pikepdf.open(bad_scans.pdf_of(tmp_path, one)) as pdf:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1)
        font.BaseFont = pikepdf.Name.Helvetica
        pdf.pages[0].Resources.Font = pikepdf.Dictionary(F1=font)
        pdf.pages[0].contents_add(b"BT /F1 12 Tf 20 20 Td (Xin chao) Tj ET", prepend=True)
        if sheer:
            (image,) = pdf.pages[0].get_images().values()
            image.Mask = pikepdf.Array([250, 255] * 3)
        pdf.save(path)
    (page,) = pages_of(path, splitter)
    if sheer:
        assert isinstance(page, FrameRefused)
    else:
        assert isinstance(page, Frame)
        assert page.sha256 == hashlib.sha256(one.read_bytes()).hexdigest()
