"""Pages of forms, pads and coloured tables, which the engine by itself loses in part or whole."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from archive_service.bench.digitize import model_folder
from digitize.ocr.engine import TesseractEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.words import PageReading
from tests.worlds.papers.page_images import font

TEXT = (
    "Căn cứ đề nghị của Trưởng phòng Tài nguyên",
    "Ủy ban nhân dân huyện quyết định thu hồi",
    "phần đất nằm trong hành lang bờ kênh",
    "Kế toán trưởng kiểm tra chứng từ và sổ quỹ",
    "Trường trung học cơ sở xin sửa mái ngói",
    "Các hợp tác xã giữ giống lúa nếp cho vụ sau",
)
NAMES = (
    *("Nguyễn Thị Bưởi", "Trần Đình Khuyến", "Phùng Khắc Tuệ", "Hoàng Ngọc Diễm", "Vũ Duy Nghĩa"),
    *("Lưu Quý Kỳ", "Bạch Thái Sơn", "Đàm Quang Huỳnh", "Cù Huy Hưởng", "Ngô Bá Thước"),
)
SIZE = (1240, 900)
FIELDS = (("Họ và tên:", "Trần Văn Lực"), ("Ngày sinh:", "05/11/1957"), ("Quê quán:", "xã Phú Mỹ"))


def sheet(ground: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
    page = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(page)
    ground(draw)
    for number, line in enumerate(TEXT):
        draw.text((110, 110 + 110 * number), line, font=font(), fill=(25, 25, 30))
    return page


def scanned(page: Image.Image) -> Image.Image:
    grain = np.random.default_rng(7).normal(0, 4, (*page.size[::-1], 3))
    return Image.fromarray((np.asarray(page) + grain).clip(0, 255).astype(np.uint8))


def pad() -> Image.Image:
    def rules(draw: ImageDraw.ImageDraw) -> None:
        for y in range(152, 880, 110):
            draw.line((60, y, 1180, y), fill=(120, 140, 200), width=2)

    return sheet(rules)


def screen() -> Image.Image:
    def dots(draw: ImageDraw.ImageDraw) -> None:
        for y in range(0, SIZE[1], 8):
            for x in range(y // 8 % 2 * 4, SIZE[0], 8):
                draw.ellipse((x, y, x + 3, y + 3), fill=(160, 160, 160))

    return sheet(dots)


def read(page: Image.Image, folder: Path) -> PageReading:
    path = folder / "page.png"
    scanned(page).save(path, dpi=(200, 200))
    with TesseractEngine(model_folder("best_int")) as engine:
        (reading,) = engine.read([PageRequest(path)])
    assert isinstance(reading, PageReading)
    return reading


@pytest.mark.parametrize("draw", [pad, screen])
def test_text_on_rules_or_dots_is_read(draw: Callable[[], Image.Image], tmp_path: Path) -> None:
    found = {word.text for word in read(draw(), tmp_path).iter_words()}
    wanted = {word for line in TEXT for word in line.split()}
    assert len(wanted - found) <= 3, wanted - found


def test_rows_that_a_line_goes_through_are_read_and_lower_the_figure_of_the_page(
    tmp_path: Path,
) -> None:
    """Its letters are one piece with the line, which the engine takes for part of a drawing."""
    page = sheet(lambda _draw: None)
    reading = read(page, tmp_path)
    draw = ImageDraw.Draw(page)
    for number in (1, 4):
        top = 110 + 110 * number
        left, high, right, low = draw.textbbox((110, top), TEXT[number], font=font())
        draw.line((left, (high + low) // 2 + 2, right, (high + low) // 2 + 5), "black", width=3)
    struck = read(page, tmp_path)
    found = {word.text for word in struck.iter_words()}
    wanted = {word for number in (1, 4) for word in TEXT[number].split()}
    assert len(wanted & found) >= 6, found
    assert struck.confidence is not None
    assert reading.confidence is not None
    assert struck.confidence < reading.confidence - 10


def test_the_numbers_of_a_list_are_read_with_their_names(tmp_path: Path) -> None:
    """The engine takes their column for a line that is written downwards."""
    page = Image.new("RGB", (1165, 700), "white")
    draw = ImageDraw.Draw(page)
    small = font().font_variant(size=28)
    for at, name in enumerate(NAMES):
        columns = ((100, f"{at + 1}."), (160, name), (560, "xã Phú Mỹ"), (900, f"{1901 + 3 * at}"))
        for left, text in columns:
            draw.text((left, 80 + 52 * at), text, font=small, fill=(20, 20, 20))
    text = " ".join(read(page, tmp_path).text.split())
    numbered = [f"{at + 1}. {name}" for at, name in enumerate(NAMES)]
    assert sum(one in text for one in numbered) >= 8, text


def test_a_page_printed_in_red_alone_is_read(tmp_path: Path) -> None:
    page = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(TEXT):
        draw.text((110, 110 + 110 * number), line, font=font(), fill=(190, 50, 50))
    found = {word.text for word in read(page, tmp_path).iter_words()}
    wanted = {word for line in TEXT for word in line.split()}
    assert len(wanted - found) <= 3, wanted - found


def test_print_in_red_is_read_beside_black_and_alone(tmp_path: Path) -> None:
    """A heading, and words that a typewriter's ribbon made red, are no stamp."""
    page = sheet(lambda _draw: None)
    draw = ImageDraw.Draw(page)
    draw.rectangle((100, 210, 1200, 290), fill="white")
    x = 110.0
    for number, word in enumerate(TEXT[1].split()):
        draw.text((x, 220), word, font=font(), fill=(190, 40, 40) if number % 3 == 1 else "black")
        x += draw.textlength(f"{word} ", font=font())
    draw.text((300, 30), "QUYẾT ĐỊNH THU HỒI ĐẤT", font=font(), fill=(200, 30, 30))
    words = read(page, tmp_path).text.split()
    assert words[:5] == ["QUYẾT", "ĐỊNH", "THU", "HỒI", "ĐẤT"]
    row = TEXT[1].split()
    at = words.index(row[0], 10)
    assert len(set(row) & set(words[at : at + len(row)])) >= len(row) - 1, words


@pytest.mark.parametrize("colour", [(20, 60, 130), (170, 30, 40), (40, 40, 40)])
def test_the_light_head_of_a_dark_table_is_read(
    colour: tuple[int, int, int], tmp_path: Path
) -> None:
    page = sheet(lambda draw: draw.rectangle((60, 20, 1180, 90), fill=colour))
    draw = ImageDraw.Draw(page)
    draw.text((90, 32), "BẢNG TỔNG HỢP TÀI SẢN", font=font(), fill="white")
    reading = read(page, tmp_path)
    assert reading.text.startswith("BẢNG TỔNG HỢP TÀI SẢN")
    first = reading.lines[0]
    left, top, right, bottom = reading.on_page(first)
    assert 80 < left < 100
    assert right < 1180
    assert 20 <= top < bottom <= 90


def test_a_form_keeps_the_lines_that_have_dots_to_write_on(tmp_path: Path) -> None:
    page = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(page)
    written = ImageFont.truetype(font().path, font().size)
    for number, (name, value) in enumerate(FIELDS):
        y = 120 + 160 * number
        start = 110 + written.getlength(f"{name} ")
        draw.text((110, y), name, font=written, fill=0)
        draw.text((start + 30, y - 3), value, font=written, fill=(20, 30, 90))
        foot = y + written.size
        for x in range(round(start), 1150, 9):
            draw.ellipse((x, foot, x + 2, foot + 2), fill=0)
    reading = read(page, tmp_path)
    found = {word.text for word in reading.iter_words()}
    assert {word for _, value in FIELDS for word in value.split()} <= found, reading.text
    assert not any(set(word) == {"."} for word in found)
