"""The code by which a copy is checked, as a QR picture with the code below it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

SIDE_PT = 56.0  # 20 mm: read by any telephone
MARGIN_PT = 14.0  # 5 mm from the left and from below
_PX = 233  # of the side, at 300 dpi
_LINE_PX = 30
_FIRST = 15  # letters of the code in the first line


@dataclass(frozen=True, slots=True)
class CheckCode:
    """``link`` is what the picture says, ``code`` what people read; ``face``: file of letters."""

    link: str
    code: str
    face: str


def draw_check_code(check: CheckCode) -> "Image.Image":
    """Black on white, the code in two lines below, of letters as large as the picture allows."""
    import numpy as np
    import zxingcpp
    from PIL import Image, ImageDraw, ImageFont

    made = zxingcpp.create_barcode(check.link, zxingcpp.BarcodeFormat.QRCode)
    squares = Image.fromarray(np.array(made.to_image(scale=1, add_quiet_zones=True)))
    code = squares.resize((_PX, _PX), Image.Resampling.NEAREST)
    whole = Image.new("L", (_PX, _PX + 2 * _LINE_PX), 255)
    whole.paste(code, (0, 0))
    lines = (check.code[:_FIRST], check.code[_FIRST:])
    size = _LINE_PX
    font = ImageFont.truetype(check.face, size)
    while max(map(font.getlength, lines)) > _PX - 4 and size > 6:
        size -= 1
        font = ImageFont.truetype(check.face, size)
    for number, line in enumerate(lines):
        place = (_PX / 2, _PX + number * _LINE_PX)
        ImageDraw.Draw(whole).text(place, line, 0, font, "ma")
    return whole
