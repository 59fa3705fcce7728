"""What lies below an area is in no byte of the redacted file, and all beside it is still read."""

import datetime as dt
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from archive_service.formats.pdf.check_code import CheckCode
from archive_service.formats.pdf.pdfa import require_pdfa
from archive_service.formats.pdf.reading_page import make_reading_page
from archive_service.formats.pdf.redacted import (
    DPI,
    Area,
    Mark,
    make_page_picture,
    make_redacted,
    shown_sizes,
)
from archive_service.formats.picture import PictureImpossibleError
from archive_service.services import VENDOR
from digitize.ocr.tesseract import open_engine
from tests.worlds.papers.planted import AREAS, OPEN, SECRETS, SIDE, planted

AT = dt.datetime(2026, 11, 25, 8, tzinfo=dt.UTC)


def redacted(folder: Path, pages: tuple[int, ...] = (1, 2, 3, 4, 5)) -> tuple[Path, Path]:
    source, target = planted(folder / "a.pdf"), folder / "b.pdf"
    make_redacted(source, target, pages=pages, areas=AREAS, title="X.1", made_at=AT)
    return source, target


def all_bytes(path: Path) -> bytes:
    """The file as it lies, every stream unpacked, and every text of every object."""
    parts = [path.read_bytes()]
    with pikepdf.open(path) as pdf:
        for one in pdf.objects:
            parts.append(one.unparse(resolved=True))
            if isinstance(one, pikepdf.Stream):
                parts.append(one.read_raw_bytes())
                try:
                    parts.append(one.read_bytes())
                except pikepdf.PdfError:  # pictures stay packed
                    continue
    return b"\n".join(parts)


def held(data: bytes) -> set[str]:
    """The planted words in it, plain, in UTF-16 or in hexadecimal."""
    low = data.lower()
    forms = ("utf-8", "utf-16-be", "utf-16-le")
    return {
        word
        for word in SECRETS
        for coded in (word.lower().encode(form) for form in forms)
        if coded in low
        or word.encode().hex().encode() in low
        or word.encode("utf-16-be").hex().encode() in low
    }


def read_by_machine(image: Image.Image) -> str:
    engine = open_engine(VENDOR / "tessdata" / "vie.traineddata")
    engine.SetImage(image.convert("L"))
    words: str = engine.GetUTF8Text()
    return words


def drawn(path: Path, number: int) -> Image.Image:
    with pypdfium2.PdfDocument(path) as pdf:
        pdf.init_forms()
        image: Image.Image = pdf[number - 1].render(scale=DPI / 72).to_pil()
    return image


def test_no_byte_holds_what_lay_below_an_area_or_out_of_sight(tmp_path: Path) -> None:
    source, target = redacted(tmp_path)
    before = source.read_bytes()
    assert held(all_bytes(source) + before) == set(SECRETS), "all of them were there"
    assert held(all_bytes(target)) == set()
    assert source.read_bytes() == before
    with pypdfium2.PdfDocument(target) as pdf:
        assert [page.get_textpage().get_text_bounded().strip() for page in pdf] == [""] * 5
    with pikepdf.open(target) as pdf:
        for name in ("/AcroForm", "/OCProperties", "/Names", "/Outlines", "/StructTreeRoot"):
            assert name not in pdf.Root
        assert not any("/Annots" in page or "/Thumb" in page for page in pdf.pages)
        assert str(pdf.docinfo["/Title"]) == "X.1"
    require_pdfa(target)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_machine_reads_what_is_open_and_nothing_below_the_area(
    tmp_path: Path, number: int
) -> None:
    source, target = redacted(tmp_path)
    area = AREAS[number - 1]
    was, now = drawn(source, number), drawn(target, number)
    assert abs(was.width - now.width) <= 1
    x, y = now.width, now.height
    left, top = round(area.left * x), round(area.top * y)
    box = (left, top, round((area.left + area.width) * x), round((area.top + area.height) * y))
    assert max(now.crop(box).convert("L").tobytes()) < 64
    upright = 90 if number == 1 else 0  # the paper is turned, its words with it
    secret = SECRETS[number - 1].removeprefix("SECRET")
    assert secret in read_by_machine(was.rotate(upright, expand=True))
    words = read_by_machine(now.rotate(upright, expand=True))
    assert secret not in words
    assert OPEN in words


def test_the_reading_page_shows_the_same_and_the_page_to_choose_on_shows_all(
    tmp_path: Path,
) -> None:
    source = planted(tmp_path / "a.pdf")
    for number in (2, 3, 4, 5):
        page, whole = tmp_path / "page.jpg", tmp_path / "whole.jpg"
        page.write_bytes(
            make_reading_page(source, number, "Foot", fonts=VENDOR / "fonts", areas=AREAS)
        )
        whole.write_bytes(make_page_picture(source, number))
        secret = SECRETS[number - 1].removeprefix("SECRET")
        assert secret not in read_by_machine(Image.open(page))
        assert secret in read_by_machine(Image.open(whole))


def test_pages_that_were_not_granted_stay_behind(tmp_path: Path) -> None:
    _, target = redacted(tmp_path, (2, 4))
    with pikepdf.open(target) as pdf:
        assert len(pdf.pages) == 2
        assert [round(float(side)) for side in pdf.pages[0].MediaBox[2:]] == [SIDE, SIDE]


def test_a_mark_stands_in_the_upper_right_corner_of_the_first_page_alone(tmp_path: Path) -> None:
    source, target = planted(tmp_path / "a.pdf"), tmp_path / "b.pdf"
    face = str(VENDOR / "fonts" / "Tinos-Bold.ttf")
    check = CheckCode("https://luutru.example/check-copy?code=ABCD", "ABCD", face)
    mark = Mark(("BẢN SAO", "Lưu trữ tỉnh"), face, check)

    def make() -> bytes:
        make_redacted(source, target, pages=[1, 4], areas=AREAS, title="X.1", made_at=AT, mark=mark)
        return target.read_bytes()

    made = make()
    first, second = drawn(target, 1), drawn(target, 2)
    corner = (first.width // 2, 0, first.width, first.height // 8)
    assert "BẢN SAO" in read_by_machine(first.crop(corner))
    assert "SAO" not in read_by_machine(second)
    assert [barcode.text for barcode in zxingcpp.read_barcodes(first)] == [check.link]
    assert zxingcpp.read_barcodes(second) == []
    assert make() == made, "the same request gives the same bytes"


def test_a_page_that_is_not_there_is_refused(tmp_path: Path) -> None:
    source = planted(tmp_path / "a.pdf")
    assert shown_sizes(source)[0] == (SIDE, SIDE)
    with pytest.raises(PictureImpossibleError):
        make_redacted(
            source, tmp_path / "b.pdf", pages=[6], areas=[Area(6, 0, 0, 1, 1)], title="", made_at=AT
        )
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(PictureImpossibleError):
        shown_sizes(tmp_path / "c.pdf")
    with pytest.raises(PictureImpossibleError):
        make_page_picture(source, 6)
