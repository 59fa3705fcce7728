"""Which first pages are looked at as pictures, besides their words."""

import io
from pathlib import Path

import img2pdf
import pikepdf
import pytest
from PIL import Image

from archive_service.formats.pdf.first_page import Picture, first_picture_here
from digitize.ocr.printed_words import draw_first
from tests.worlds.papers.lettered import written

LETTER = "SỞ CÔNG TRÌNH\nSố: 12/BC-SCT\nKính gửi: Ủy ban nhân dân tỉnh"
UPPER_LEFT = (80, 600, 195, 672)


def with_picture(
    folder: Path, colour: str, place: tuple[float, float, float, float], *, turn: int = 0
) -> Path:
    file = written(folder / "a.pdf", LETTER)
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), colour).save(picture, format="PNG")
    with pikepdf.open(file, allow_overwriting_input=True) as pdf:
        with pikepdf.open(io.BytesIO(img2pdf.convert(picture.getvalue()))) as cut:
            pdf.pages[0].add_overlay(cut.pages[0], pikepdf.Rectangle(*place))
        pdf.pages[0].rotate(turn, relative=False)
        pdf.save(file)
    return file


@pytest.mark.parametrize(
    ("place", "turn", "seen"),
    [
        (UPPER_LEFT, 0, Picture.STAMP),
        ((400, 50, 520, 120), 0, Picture.STAMP),
        ((400, 600, 520, 670), 90, Picture.STAMP),
        ((80, 600, 90, 604), 0, Picture.NONE),
    ],
)
def test_a_picture_counts_wherever_it_stands(
    tmp_path: Path, place: tuple[float, float, float, float], turn: int, seen: Picture
) -> None:
    assert first_picture_here(with_picture(tmp_path, "red", place, turn=turn)) is seen


def test_words_alone_are_no_picture(tmp_path: Path) -> None:
    assert first_picture_here(written(tmp_path / "a.pdf", LETTER)) is Picture.NONE
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7 nothing")
    assert first_picture_here(tmp_path / "b.pdf") is Picture.NONE


def test_pictures_and_drawn_letters_are_shown_without_the_text(tmp_path: Path) -> None:
    def drawn(file: Path) -> bool:
        target = tmp_path / "1.png"
        return draw_first(file, target, with_text=False, limit_s=60, memory_mib=1024)

    assert not drawn(written(tmp_path / "b.pdf", LETTER))
    assert drawn(with_picture(tmp_path, "#0000a0", UPPER_LEFT))
    with Image.open(tmp_path / "1.png") as shown:
        wide, high = shown.size
        assert shown.convert("L").crop((0, 0, wide, high // 10)).getextrema() == (255, 255)
