"""Access copies: every picture upright in its order, every word under the name of its part."""

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from archive_service.formats.child import run_limited
from archive_service.formats.output import Output
from archive_service.formats.words.read import read_words
from archive_service.forms.access_copy import (
    MOST_CHARACTERS,
    AccessCopyImpossibleError,
    Part,
    press_access_copy,
)
from tests.worlds.papers.office_files import SENTENCE, docx, eml, odf, pptx, rtf, xlsx
from tests.worlds.papers.tiff import tiff


def pressed(tmp_path: Path, *parts: Part) -> tuple[int, str]:
    target = tmp_path / "access.pdf"
    made = run_limited(press_access_copy, list(parts), Output(target), "Bản của {name}", "Còn nữa")
    assert isinstance(made, int), made
    with pypdfium2.PdfDocument(target) as pdf:
        return made, "\f".join(page.get_textpage().get_text_range() for page in pdf)


def words(name: str, make: Callable[[Path], Path], tmp_path: Path) -> Part:
    path = make(tmp_path / name)
    found = read_words(path, name.rpartition(".")[2])
    assert isinstance(found, list)
    return Part(name, None, sections=tuple((section.place, section.text) for section in found))


def a_text_of_odf(path: Path) -> Path:
    return odf(path, f"<office:text><text:p>{SENTENCE}</text:p></office:text>")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.docx", docx),
        ("a.xlsx", xlsx),
        ("a.pptx", pptx),
        ("a.odt", a_text_of_odf),
        ("a.rtf", rtf),
        ("a.eml", eml),
    ],
)
def test_the_words_of_a_file_are_read_on_sheets_that_say_what_they_are(
    tmp_path: Path, name: str, make: Callable[[Path], Path]
) -> None:
    pages, text = pressed(tmp_path, words(name, make, tmp_path))
    assert pages == 1
    assert f"Bản của {name}" in text
    assert "phê duyệt dự toán sửa chữa" in " ".join(text.split())


def test_pages_of_a_tiff_come_in_their_order_and_stand_upright(tmp_path: Path) -> None:
    source = tiff(tmp_path / "a.tif", pages=4)
    pages, _ = pressed(tmp_path, Part("a.tif", source, turn_deg=90))
    assert pages == 4
    with pikepdf.open(tmp_path / "access.pdf") as pdf:
        assert pdf.is_linearized
        boxes = [page.mediabox for page in pdf.pages]
        bits = [int(next(iter(page.get_images().values())).BitsPerComponent) for page in pdf.pages]
    assert all(box[2] > box[3] for box in boxes)
    assert bits == [1, 8, 8, 1]


def test_what_is_transparent_or_of_sixteen_bits_is_shown_as_well(tmp_path: Path) -> None:
    Image.new("RGBA", (60, 80), (200, 0, 0, 90)).save(tmp_path / "a.tif")
    Image.new("I;16", (60, 80), 40_000).save(tmp_path / "b.tif")
    parts = [Part(name, tmp_path / name) for name in ("a.tif", "b.tif")]
    assert pressed(tmp_path, *parts)[0] == 2


def test_cells_of_a_worksheet_stay_in_their_columns(tmp_path: Path) -> None:
    _, text = pressed(tmp_path, Part("a.xlsx", None, sections=(("S", "a\t\tb\nc\td\te"),)))
    assert "a" in text
    assert "d" in text


def test_what_is_left_out_of_a_long_text_is_told(tmp_path: Path) -> None:
    long = "\n".join("x" * 100_000 for _ in range(3))
    sections = tuple((str(number), long) for number in range(MOST_CHARACTERS // len(long) + 2))
    part = Part("a.txt", None, sections=sections)
    made = run_limited(
        press_access_copy, [part], Output(tmp_path / "a.pdf"), "{name}", "Còn nữa", limit_s=300
    )
    assert isinstance(made, int), made
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as pdf:
        assert "Còn nữa" in pdf[len(pdf) - 1].get_textpage().get_text_range()


def test_a_damaged_picture_gives_no_copy(tmp_path: Path) -> None:
    source = tiff(tmp_path / "a.tif")
    source.write_bytes(source.read_bytes()[:200])
    with pytest.raises(AccessCopyImpossibleError):
        pressed(tmp_path, Part("a.tif", source))
