"""Pages of a PDF as its viewers show them, whatever lies in or below their images."""

import hashlib
import io
import struct
from pathlib import Path
from typing import Any

import img2pdf
import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageOps

from archive_service.formats.picture import make_picture_here
from digitize.batches.sources.frames import Frame, FrameRefused, Splitter
from tests.unit.digitize.batches.sources.split import image_of, pages_of
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


def test_an_empty_page_is_the_blank_back_of_a_sheet(tmp_path: Path, splitter: Splitter) -> None:
    """Programs of office scanners leave out the image of a page on which nothing stands."""
    path = tmp_path / "backs.pdf"
    with pikepdf.open(bad_scans.pdf_of(tmp_path, jpeg(tmp_path / "1.jpg"))) as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(path)
    _, back = pages_of(path, splitter)
    assert isinstance(back, Frame)
    assert (back.findings, back.width_px, back.height_px, back.dpi) == ((), 1653, 2339, 200.0)
    assert image_of(back, splitter).convert("L").getextrema() == (255, 255)


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


def _t6(grey: Image.Image, place: Path) -> bytes:
    """As a fax packs it."""
    grey.convert("1").save(place / "t6.tif", compression="group4", tiffinfo={262: 0})
    with Image.open(place / "t6.tif") as tiff:
        at, length = (tiff.getexif()[tag] for tag in (273, 279))
    return (place / "t6.tif").read_bytes()[at : at + length]


def _jbig2(grey: Image.Image, place: Path) -> bytes:
    """A page of one region, its pixels packed as by a fax."""
    size = struct.pack(">IIIIB", *grey.size, 0, 0, 0)
    parts = ((48, size[:8] + bytes(11)), (38, size + b"\1" + _t6(grey, place)))
    return b"".join(
        struct.pack(">IBBBI", number, kind, 0, 1, len(data)) + data
        for number, (kind, data) in enumerate(parts)
    )


def _jpeg(grey: Image.Image) -> bytes:
    packed = io.BytesIO()
    grey.save(packed, "JPEG", quality=95)
    return packed.getvalue()


def _black_ink() -> pikepdf.Dictionary:
    """How much black, of four inks."""
    none, full = pikepdf.Array([0, 0, 0, 0]), pikepdf.Array([0, 0, 0, 1])
    return pikepdf.Dictionary(FunctionType=2, Domain=pikepdf.Array([0, 1]), C0=none, C1=full, N=1)


@pytest.mark.parametrize("packed", ["jbig2", "inverted", "cmyk", "black ink", "of ink, as JPEG"])
def test_an_image_packed_or_inked_unusually_is_still_the_page_itself(
    tmp_path: Path, splitter: Splitter, packed: str
) -> None:
    grey = Image.new("L", (400, 300), "white")
    grey.paste(0, (0, 0, 100, 50))
    grey.save(tmp_path / "1.png", dpi=(200, 200))
    dark, names = ImageOps.invert(grey).tobytes(), pikepdf.Name
    inks = [names.Separation, names.Black, names.DeviceCMYK, _black_ink()]
    kinds: dict[str, tuple[bytes, dict[str, Any]]] = {
        "jbig2": (_jbig2(grey, tmp_path), {"BitsPerComponent": 1}),
        "inverted": (dark, {"Decode": [1, 0]}),
        "cmyk": (grey.convert("CMYK").tobytes(), {"ColorSpace": names.DeviceCMYK}),
        "black ink": (dark, {"ColorSpace": pikepdf.Array(inks)}),
        "of ink, as JPEG": (_jpeg(ImageOps.invert(grey)), {"ColorSpace": pikepdf.Array(inks)}),
    }
    filters = {"jbig2": names.JBIG2Decode, "of ink, as JPEG": names.DCTDecode}
    data, about = kinds[packed]
    path = tmp_path / "packed.pdf"
    with pikepdf.open(bad_scans.pdf_of(tmp_path, tmp_path / "1.png")) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        image.write(data, filter=filters.get(packed))
        about = {"ColorSpace": names.DeviceGray, "BitsPerComponent": 8, **about}
        for key, value in about.items():
            image[f"/{key}"] = value
        pdf.save(path)
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    assert page.findings == ()
    seen = np.asarray(image_of(page, splitter).convert("L"), np.int16)
    wanted = np.asarray(grey, np.int16)
    assert seen.shape == wanted.shape
    assert np.abs(seen - wanted).max() < 60  # black ink of a press is no deep black on a screen
