"""What is seen of an agency's signature on a copy: who and when, top right of its first page.

NĐ 30/2020/NĐ-CP Phụ lục I Phần II (ô số 14) and TT 05/2025/TT-BNV Điều 8: the form of copy where
there is one, the name of the agency, the time by ISO 8601 with the Vietnamese zone; Times, 10 pt,
upright, black; no picture of the seal.
"""

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive_service import clock
from archive_service.signing.pdf.mark_font import FONT, MarkFont, mark_font
from archive_service.signing.port import UnsignablePdfError, VisibleMark
from archive_service.text import nfc

SIZE_PT = 10.0
_LEADING_PT = 11.5
_ASCENT_PT, _DESCENT_PT = 8.9, 2.2  # of Times, at 10 pt
_FROM_TOP_PT, _FROM_RIGHT_PT = 14.0, 28.0  # 5 mm and 10 mm
_WIDEST_PT = 227.0  # 80 mm: a longer name goes on in the next line
_LEAST_SHARE = 0.2  # of its size: on a page of a few millimetres nobody could read it anyway


@dataclass(frozen=True, slots=True)
class _Corner:
    """The page as it is seen, and how its user space lies under that."""

    left: float  # of the crop box, in user space
    bottom: float
    width: float  # of the crop box before it is turned, in points
    height: float
    turn_deg: int  # clockwise: 0, 90, 180 or 270
    unit: float  # points of one unit of user space

    @property
    def seen(self) -> tuple[float, float]:
        """Width and height as they are seen."""
        if self.turn_deg in (90, 270):
            return self.height, self.width
        return self.width, self.height

    def to_user(self, x: float, y: float) -> tuple[float, float]:
        """A point that is seen at ``x`` and ``y`` from below left, in user space."""
        u, v = {
            0: (x, y),
            90: (self.width - y, x),
            180: (self.width - x, self.height - y),
            270: (y, self.height - x),
        }[self.turn_deg]
        return self.left + u / self.unit, self.bottom + v / self.unit


def mark_lines(agency: str, at: dt.datetime, *, form: str = "") -> list[str]:
    """What stands in the mark, a line each; ``form`` such as SAO Y, for a copy that is handed out.

    Args:
        at: the signing time, aware; whole seconds are shown.
    """
    moment = clock.local(at).isoformat(timespec="seconds")
    return [line for line in (form, agency, moment) if line]


def corner_mark(pdf: Path, lines: Sequence[str], *, fonts: Path) -> VisibleMark:
    """The lines in the upper right corner of the first page as a viewer shows it, upright.

    A page that is too small for 10 pt gets them smaller.

    Args:
        fonts: the folder that holds Tinos, which has the measures of Times New Roman.

    Raises:
        UnsignablePdfError: no PDF, or one without a page.
    """
    corner = _corner(pdf)
    font = mark_font(fonts, "".join(lines))
    seen_width, seen_height = corner.seen
    widest = max(min(_WIDEST_PT, seen_width - 2 * _FROM_RIGHT_PT), SIZE_PT)
    shown = [part for line in lines for part in _wrapped(nfc(line), font, widest)]
    width = max(font.width_pt(line, SIZE_PT) for line in shown) + 1
    height = _LEADING_PT * (len(shown) - 1) + _ASCENT_PT + _DESCENT_PT
    share = min(1.0, seen_width / (width + 4), seen_height / (height + 4))
    share = max(share, _LEAST_SHARE)
    right = seen_width - min(_FROM_RIGHT_PT, max((seen_width - width * share) / 2, 0))
    top = seen_height - min(_FROM_TOP_PT, max((seen_height - height * share) / 2, 0))
    low = corner.to_user(right - width * share, top - height * share)
    other = corner.to_user(right, top)
    box = (
        int(min(low[0], other[0])),
        int(min(low[1], other[1])),
        round(max(low[0], other[0]) + 0.5),
        round(max(low[1], other[1]) + 0.5),
    )
    size = (box[2] - box[0], box[3] - box[1])
    scale = share / corner.unit
    picture = _picture(shown, font, size, turn_deg=corner.turn_deg, scale=scale)
    return VisibleMark(page=0, box=box, picture=picture)


def _corner(file: Path) -> _Corner:
    import pikepdf

    try:
        with pikepdf.open(file) as pdf:
            page = pdf.pages[0]
            media = [float(edge) for edge in page.mediabox]
            crop = [float(edge) for edge in page.cropbox]
            turn = int(page.obj.get("/Rotate", 0)) % 360
            unit = float(page.obj.get("/UserUnit", 1)) or 1.0
    except (pikepdf.PdfError, IndexError, TypeError, ValueError) as error:
        raise UnsignablePdfError(field="", reason=str(error)[:200]) from error
    if turn % 90:  # no turn that a viewer would carry out
        turn = 0
    media, crop = _upright(media), _upright(crop)
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    if right <= left or top <= bottom:
        left, bottom, right, top = media
    return _Corner(left, bottom, (right - left) * unit, (top - bottom) * unit, turn, unit)


def _upright(box: list[float]) -> list[float]:
    """Left, bottom, right, top, in whatever order the corners were given."""
    return [min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])]


def _wrapped(line: str, font: MarkFont, widest: float) -> list[str]:
    """The line in as many as it takes, broken between words."""
    parts: list[str] = []
    for word in line.split():
        longer = f"{parts[-1]} {word}" if parts else word
        if parts and font.width_pt(longer, SIZE_PT) <= widest:
            parts[-1] = longer
        else:
            parts.append(word)
    return parts


def _picture(
    lines: Sequence[str],
    font: MarkFont,
    size: tuple[int, int],
    *,
    turn_deg: int,
    scale: float,
) -> bytes:
    """One page of this size with the lines on it, turned against the page so that they stand."""
    import pikepdf

    width, height = size
    place = {
        0: (1, 0, 0, 1, 0, 0),
        90: (0, 1, -1, 0, width, 0),
        180: (-1, 0, 0, -1, width, height),
        270: (0, -1, 1, 0, 0, height),
    }[turn_deg]
    tall = width if turn_deg in (90, 270) else height
    first = tall / scale - _ASCENT_PT
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=size)
        page = pdf.pages[0]
        page.add_resource(font.embedded(pdf), pikepdf.Name.Font, pikepdf.Name(FONT))
        page.obj.Contents = pdf.make_stream(
            _operators(lines, font, place, first=first, scale=scale)
        )
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _operators(
    lines: Sequence[str],
    font: MarkFont,
    place: tuple[float, ...],
    *,
    first: float,
    scale: float,
) -> bytes:
    parts = [f"q {_numbers(*place)} cm {_numbers(scale, 0, 0, scale, 0, 0)} cm 0 g"]
    parts.append(f"BT {FONT} {_numbers(SIZE_PT)} Tf {_numbers(_LEADING_PT)} TL")
    parts.append(f"0 {_numbers(first)} Td")
    parts.extend(f"<{font.codes(line)}> Tj T*" for line in lines)
    parts.append("ET Q\n")
    return "\n".join(parts).encode("ascii")


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values)
