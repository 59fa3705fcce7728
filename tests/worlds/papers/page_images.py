"""Draws page images as a scanner would deliver them, with Vietnamese text at known places."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

import archive_service

FONT = Path(archive_service.__file__).parent / "static/vendor/fonts/Tinos-Regular.ttf"
PAPER = (244, 240, 228)
INK = (32, 30, 42)
STAMP = (205, 45, 55)
SIZE = (1654, 2339)  # A4 at 200 dpi
LEFT, TOP, STEP = 180, 220, 74
LINES = (
    "ỦY BAN NHÂN DÂN HUYỆN BÌNH AN",
    "Số: 125/BC-UBND ngày 14 tháng 3 năm 2011",
    "Kính gửi: Sở Tài nguyên và Môi trường, các phòng chuyên môn",
    "Thực hiện kế hoạch công tác năm 2011 của Ủy ban nhân dân tỉnh,",
    "Văn phòng báo cáo kết quả rà soát hồ sơ địa chính trên địa bàn",
    "huyện như sau: tổng số thửa đất đã đo đạc là 12.458 thửa, trong",
    "đó có 3.217 thửa chưa được cấp giấy chứng nhận quyền sử dụng.",
    "Đề nghị các đơn vị phối hợp, hoàn thành trước ngày 30 tháng 6.",
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One word and where it was drawn on the level page, in pixels."""

    word: str
    left: float
    right: float
    middle: float  # between the top and the foot of its line


def font(size: int = 38) -> ImageFont.FreeTypeFont:
    """The printing font of the service, complete for Vietnamese."""
    return ImageFont.truetype(str(FONT), size)


def drawn_words() -> list[Drawn]:
    """All words of ``LINES`` as ``page_image`` draws them."""
    face = font()
    found = []
    for number, line in enumerate(LINES):
        before = ""
        for word in line.split(" "):
            left = LEFT + face.getlength(before)
            middle = TOP + number * STEP + 22
            found.append(Drawn(word, left, left + face.getlength(word), middle))
            before += f"{word} "
    return found


def page_image(
    path: Path,
    *,
    lines: tuple[str, ...] = LINES,
    clockwise_deg: float = 0,
    stamp: bool = False,
    mode: str = "RGB",
    dpi: int = 200,
    quality: int = 85,
) -> Path:
    """Write one page to ``path``; without lines it is blank."""
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((LEFT, TOP + number * STEP), line, font=font(), fill=INK)
    if stamp:  # ink multiplies with what it is pressed upon
        ring = Image.new("RGB", SIZE, "white")
        ImageDraw.Draw(ring).ellipse((820, 420, 1180, 780), outline=STAMP, width=16)
        image = ImageChops.multiply(image, ring)
    if clockwise_deg:
        image = image.rotate(-clockwise_deg, Image.Resampling.BICUBIC, fillcolor=PAPER)
    image = image.convert(mode)
    if path.suffix in (".jpg", ".jpeg"):
        image.save(path, dpi=(dpi, dpi), quality=quality)
    else:
        image.save(path, dpi=(dpi, dpi))
    return path
