"""Sources of every kind to single pages, and refusals that are told."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
import pytest
from PIL import Image

from archive_service.domain.digitization.scan_batch import ScanSource
from archive_service.formats.decoded import of_bytes
from digitize.batches.sources.frames import Frame, FrameRefused, Splitter, iter_frames
from tests.unit.digitize.batches.sources.split import LIMITS, image_of, pages_of
from tests.worlds.papers import bad_scans, strange_images
from tests.worlds.papers.bad_scans import SIZE, jpeg, sheet


def refusal(path: Path, splitter: Splitter) -> str:
    """Why the one thing in the file gives no page."""
    (only,) = pages_of(path, splitter)
    assert isinstance(only, FrameRefused)
    return only.finding.code


def test_the_page_of_a_single_image_is_the_file_itself(tmp_path: Path, splitter: Splitter) -> None:
    path = jpeg(tmp_path / "001.jpg")
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    assert page.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (page.dpi, page.dpi_from, page.name) == (200, "file", "001.jpg")
    assert (page.width_px, page.height_px) == SIZE


def test_an_image_that_states_no_resolution_has_none(tmp_path: Path, splitter: Splitter) -> None:
    path = tmp_path / "001.png"
    sheet().save(path)
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    assert (page.dpi, page.dpi_from) == (None, "")


@pytest.mark.parametrize("compression", ["tiff_lzw", "group4", "tiff_adobe_deflate", None])
def test_frames_of_a_tiff_keep_every_pixel_in_their_order(
    tmp_path: Path, splitter: Splitter, compression: str | None
) -> None:
    mode = "1" if compression == "group4" else "RGB"
    sheets = [sheet(seed, mode) for seed in range(11)]  # more than one call of the child
    path = tmp_path / "hop.tif"
    sheets[0].save(
        path, save_all=True, append_images=sheets[1:], compression=compression, dpi=(300, 300)
    )
    pages = pages_of(path, splitter)
    assert [page.name for page in pages] == [f"hop.tif#{number}" for number in range(1, 12)]
    for drawn, page in zip(sheets, pages, strict=True):
        found = image_of(page, splitter)
        assert found.tobytes() == drawn.tobytes()
        assert isinstance(page, Frame)
        assert (page.dpi, page.dpi_from) == (300, "file")


def test_five_hundred_frames_come_one_after_the_other(tmp_path: Path, splitter: Splitter) -> None:
    path = tmp_path / "thick.tif"
    chance = np.random.default_rng(5)
    small = [
        Image.fromarray(chance.integers(0, 2, (40, 30), dtype=np.uint8) * 255).convert("1")
        for _ in range(500)
    ]
    small[0].save(path, save_all=True, append_images=small[1:], compression="group4")
    pages = pages_of(path, splitter)
    assert len(pages) == 500
    assert len({page.sha256 for page in pages if isinstance(page, Frame)}) == 500


def test_splitting_goes_on_where_it_broke_off(tmp_path: Path, splitter: Splitter) -> None:
    path = tmp_path / "hop.tif"
    sheets = [sheet(seed) for seed in range(3)]
    sheets[0].save(path, save_all=True, append_images=sheets[1:])
    whole = pages_of(path, splitter)
    with path.open("rb") as file:
        staged = splitter.staging.receive(file)
    source = ScanSource(
        name="hop.tif",
        sha256=staged.sha256,
        size_bytes=staged.size_bytes,
        media_type="image/tiff",
        frames=3,
        refused={},
    )
    assert list(iter_frames(source, splitter, first=2)) == whole[2:]


def test_jpegs_of_a_pdf_come_out_bit_by_bit(tmp_path: Path, splitter: Splitter) -> None:
    sources = [jpeg(tmp_path / f"{number}.jpg", number) for number in range(3)]
    path = tmp_path / "hop.pdf"
    path.write_bytes(img2pdf.convert([str(source) for source in sources]) or b"")
    pages = pages_of(path, splitter)
    digests = [hashlib.sha256(source.read_bytes()).hexdigest() for source in sources]
    assert [page.sha256 for page in pages if isinstance(page, Frame)] == digests
    assert all(
        isinstance(page, Frame) and (page.dpi, page.dpi_from) == (200, "page-size")
        for page in pages
    )


@pytest.mark.parametrize(("mode", "ending"), [("1", "tif"), ("L", "png"), ("RGB", "png")])
def test_other_images_of_a_pdf_come_out_without_loss(
    tmp_path: Path, splitter: Splitter, mode: str, ending: str
) -> None:
    drawn = sheet(7, mode)
    one = tmp_path / f"1.{ending}"
    drawn.save(one, dpi=(200, 200), **({"compression": "group4"} if ending == "tif" else {}))
    path = tmp_path / "hop.pdf"
    path.write_bytes(img2pdf.convert(str(one)) or b"")
    (page,) = pages_of(path, splitter)
    assert image_of(page, splitter).convert(mode).tobytes() == drawn.tobytes()
    assert isinstance(page, Frame)
    assert page.dpi == 200


def test_the_turn_that_a_pdf_asks_for_is_told_and_the_bytes_stay(
    tmp_path: Path, splitter: Splitter
) -> None:
    one = jpeg(tmp_path / "1.jpg")
    path = tmp_path / "hop.pdf"
    with pikepdf.open(bad_scans.pdf_of(tmp_path, one)) as pdf:
        pdf.pages[0].rotate(90, relative=True)
        pdf.save(path)
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    assert page.turn_deg == 90
    assert page.sha256 == hashlib.sha256(one.read_bytes()).hexdigest()


def test_a_page_of_several_images_is_drawn_and_says_so(tmp_path: Path, splitter: Splitter) -> None:
    path = tmp_path / "strips.pdf"
    with pikepdf.open(bad_scans.pdf_of(tmp_path, jpeg(tmp_path / "1.jpg"))) as pdf:
        page = pdf.pages[0]
        left, bottom, right, top = (float(number) for number in page.mediabox)
        name = next(iter(page.get_images()))
        half = (top - bottom) / 2
        page.Contents = pdf.make_stream(
            f"q {right - left} 0 0 {half} 0 0 cm {name} Do Q "
            f"q {right - left} 0 0 {half} 0 {half} cm {name} Do Q".encode()
        )
        pdf.save(path)
    (found,) = pages_of(path, splitter)
    assert isinstance(found, Frame)
    assert [finding.code for finding in found.findings] == ["page-drawn"]
    assert found.height_px == pytest.approx(2 * SIZE[1], abs=3)


def _blackened(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"0 0 0 rg 20 60 60 40 re f")


def _shaded(pdf: pikepdf.Pdf) -> None:
    tint = pikepdf.Dictionary(FunctionType=2, Domain=[0, 1], C0=[0], C1=[0], N=1)
    shade = pikepdf.Dictionary(ShadingType=2, ColorSpace=pikepdf.Name.DeviceGray)
    shade.Coords, shade.Function = pikepdf.Array([0, 0, 9, 0]), tint
    shade.Extend = pikepdf.Array([True, True])
    pdf.pages[0].Resources.Shading = pikepdf.Dictionary(S=shade)
    pdf.pages[0].contents_add(b"q 20 60 60 40 re W n /S sh Q")


def _black_form(pdf: pikepdf.Pdf, **told: object) -> pikepdf.Object:
    form = pdf.make_stream(b"0 0 0 rg 0 0 60 40 re f")
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox = pikepdf.Array([0, 0, 60, 40])
    for name, value in told.items():
        form[f"/{name}"] = value
    return form


def _form_over(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Resources.XObject.F1 = _black_form(pdf)
    pdf.pages[0].contents_add(b"q 1 0 0 1 20 60 cm /F1 Do Q")


def _stamped(pdf: pikepdf.Pdf) -> None:
    look = pikepdf.Dictionary(N=_black_form(pdf))
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, AP=look, F=4)
    note.Rect = pikepdf.Array([20, 60, 80, 100])
    pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(note)])


@pytest.mark.parametrize("lay", [_blackened, _shaded, _form_over, _stamped])
def test_what_lies_over_the_image_of_a_pdf_stays_on_the_page(
    tmp_path: Path, splitter: Splitter, lay: Callable[[pikepdf.Pdf], None]
) -> None:
    path = tmp_path / "hop.pdf"
    with pikepdf.open(bad_scans.pdf_of(tmp_path, jpeg(tmp_path / "1.jpg"))) as pdf:
        lay(pdf)
        pdf.save(path)
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    assert [finding.code for finding in page.findings] == ["page-drawn"]
    scale = 200 / 72  # of the page, 168 points high
    left, top, right, bottom = (round(side * scale) for side in (22, 168 - 98, 78, 168 - 62))
    covered = np.asarray(image_of(page, splitter).convert("L"))[top:bottom, left:right]
    assert covered.max() < 40
    assert np.asarray(image_of(page, splitter).convert("L")).max() > 200


def _cropped(pdf: pikepdf.Pdf) -> None:
    left, bottom, right, top = (float(number) for number in pdf.pages[0].mediabox)
    pdf.pages[0].cropbox = pikepdf.Array([left, bottom, right, top * 0.6])


def _clipped(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"0 0 100 100 re W n", prepend=True)


@pytest.mark.parametrize("hide", [_cropped, _clipped])
def test_what_a_pdf_hides_of_its_image_stays_hidden(
    tmp_path: Path, splitter: Splitter, hide: Callable[[pikepdf.Pdf], None]
) -> None:
    path = tmp_path / "hop.pdf"
    with pikepdf.open(bad_scans.pdf_of(tmp_path, jpeg(tmp_path / "1.jpg"))) as pdf:
        hide(pdf)
        pdf.save(path)
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    assert [finding.code for finding in page.findings] == ["page-drawn"]
    upper = np.asarray(image_of(page, splitter).convert("L"))[:150]
    assert page.height_px < SIZE[1] * 0.7 or upper.min() == 255


def _layered(pdf: pikepdf.Pdf) -> None:
    layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="A"))
    pdf.pages[0].Resources.Properties = pikepdf.Dictionary(L=layer)
    pdf.pages[0].contents_add(b"/OC /L BDC", prepend=True)
    pdf.pages[0].contents_add(b"EMC")
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=pikepdf.Dictionary(OFF=[layer]))


def test_an_image_that_is_switched_off_is_not_taken_for_what_the_page_shows(
    tmp_path: Path, splitter: Splitter
) -> None:
    path = tmp_path / "hop.pdf"
    with pikepdf.open(bad_scans.pdf_of(tmp_path, jpeg(tmp_path / "1.jpg"))) as pdf:
        _layered(pdf)
        pdf.save(path)
    (page,) = pages_of(path, splitter)
    assert image_of(page, splitter).convert("L").getextrema() == (255, 255)


def _plain_ground(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"q 1 1 1 rg -5 -5 900 900 re f Q", prepend=True)


def _whole_clip(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"-1 -1 900 900 re W n 0.5 w /Span BMC EMC", prepend=True)


def _link(pdf: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link)
    note.Rect = pikepdf.Array([20, 60, 80, 100])
    pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(note)])


@pytest.mark.parametrize("lay", [_plain_ground, _whole_clip, _link])
def test_what_shows_nothing_leaves_the_image_its_bytes(
    tmp_path: Path, splitter: Splitter, lay: Callable[[pikepdf.Pdf], None]
) -> None:
    one = jpeg(tmp_path / "1.jpg")
    path = tmp_path / "hop.pdf"
    with pikepdf.open(bad_scans.pdf_of(tmp_path, one)) as pdf:
        lay(pdf)
        pdf.save(path)
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    assert page.sha256 == hashlib.sha256(one.read_bytes()).hexdigest()


def test_a_page_with_text_that_shows_is_no_scan(tmp_path: Path, splitter: Splitter) -> None:
    path = tmp_path / "typed.pdf"
    with pikepdf.open(bad_scans.pdf_of(tmp_path, jpeg(tmp_path / "1.jpg"))) as pdf:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1)
        font.BaseFont = pikepdf.Name.Helvetica
        pdf.pages[0].Resources.Font = pikepdf.Dictionary(F1=font)
        pdf.pages[0].contents_add(b"BT /F1 12 Tf 20 20 Td (Xin chao) Tj ET")
        pdf.save(path)
    assert refusal(path, splitter) == "page-born-digital"


def test_the_unseen_words_of_a_scanner_are_no_hindrance(tmp_path: Path, splitter: Splitter) -> None:
    one = jpeg(tmp_path / "1.jpg")
    path = tmp_path / "read.pdf"
    with pikepdf.open(bad_scans.pdf_of(tmp_path, one)) as pdf:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1)
        font.BaseFont = pikepdf.Name.Helvetica
        pdf.pages[0].Resources.Font = pikepdf.Dictionary(F1=font)
        pdf.pages[0].contents_add(b"BT 3 Tr /F1 12 Tf 20 20 Td (Xin chao) Tj ET")
        pdf.save(path)
    (page,) = pages_of(path, splitter)
    assert isinstance(page, Frame)
    assert page.sha256 == hashlib.sha256(one.read_bytes()).hexdigest()


def _thick(folder: Path) -> Path:
    path = folder / "thick.pdf"
    with pikepdf.new() as pdf:
        for _ in range(LIMITS.most_pages + 1):
            pdf.add_blank_page()
        pdf.save(path)
    return path


def _floating(folder: Path) -> Path:
    path = folder / "floating.tif"
    sheet(1).convert("F").save(path)
    return path


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (bad_scans.cut, "page-source-truncated"),
        (bad_scans.cut_tiff, "page-source-truncated"),
        (bad_scans.cut_pages, "page-source-truncated"),
        (bad_scans.cut_png, "page-source-truncated"),
        (bad_scans.bomb, "page-too-large"),
        (bad_scans.dot, "page-too-small"),
        (_floating, "page-colour-space"),
        (bad_scans.scripted, "page-source-active"),
        (bad_scans.locked, "page-source-encrypted"),
        (bad_scans.no_pages, "page-source-no-pages"),
        (bad_scans.note, "page-source-unknown"),
        (bad_scans.empty, "page-source-empty"),
        (_thick, "page-source-too-many-pages"),
    ],
)
def test_what_gives_no_page_says_why(
    tmp_path: Path, splitter: Splitter, make: Callable[[Path], Path], code: str
) -> None:
    assert refusal(make(tmp_path), splitter) == code


def test_of_several_pages_one_that_holds_no_letter_is_told(
    tmp_path: Path, splitter: Splitter
) -> None:
    path = tmp_path / "two.tif"
    sheet(0).save(path, save_all=True, append_images=[sheet(1).resize((400, 1))])
    page, small = pages_of(path, splitter)
    assert isinstance(page, Frame)
    assert isinstance(small, FrameRefused)
    finding = small.finding
    assert (finding.code, finding.facts["height_px"]) == ("page-too-small", 1)


def test_a_frame_with_damaged_data_is_told(tmp_path: Path, splitter: Splitter) -> None:
    path = tmp_path / "fax.tif"
    sheets = [sheet(number, "1") for number in range(3)]
    sheets[0].save(path, compression="group4", save_all=True, append_images=sheets[1:])
    bad_scans.overwritten(path)
    pages = [page for page in pages_of(path, splitter) if isinstance(page, Frame)]
    codes = [[finding.code for finding in page.findings] for page in pages]
    assert codes == [[], ["page-damaged"], []]


@pytest.mark.parametrize("make", strange_images.KINDS)
def test_a_page_that_no_pdfa_takes_is_made_of_it_and_says_so(
    tmp_path: Path, splitter: Splitter, make: Callable[[Path], Path]
) -> None:
    (page,) = pages_of(make(tmp_path), splitter)
    assert isinstance(page, Frame)
    (found,) = page.findings
    assert (found.code, found.facts) == ("page-converted", {"kind": strange_images.KINDS[make]})
    with image_of(page, splitter) as image:
        assert image.size == strange_images.SIZE
        grey = of_bytes(image).convert("L")
        pixels = np.asarray(grey)
        assert (pixels[20, 20] < 60, pixels[200, 300] > 250) == (True, True)


def test_a_frame_of_inks_is_made_of_it_like_the_others(tmp_path: Path, splitter: Splitter) -> None:
    path = tmp_path / "mixed.tif"
    sheets = [sheet(1), sheet(2, "CMYK")]
    sheets[0].save(path, save_all=True, append_images=sheets[1:])
    pages = [page for page in pages_of(path, splitter) if isinstance(page, Frame)]
    assert [[finding.code for finding in page.findings] for page in pages] == [
        [],
        ["page-converted"],
    ]


def test_one_bad_frame_leaves_the_others(tmp_path: Path, splitter: Splitter) -> None:
    path = tmp_path / "mixed.tif"
    sheets = [sheet(1), sheet(2).convert("F"), sheet(3)]
    sheets[0].save(path, save_all=True, append_images=sheets[1:])
    first, second, third = pages_of(path, splitter)
    assert isinstance(first, Frame)
    assert isinstance(third, Frame)
    assert isinstance(second, FrameRefused)
    assert second.finding.code == "page-colour-space"
