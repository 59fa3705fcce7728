"""The invisible text layer: words that lie exactly on the unturned page, in reading order.

Words are set in a font of plain boxes, in rendering mode 3 (ISO 32000-1, 9.3.6), stretched to
the boxes of the scanned words. A skewed page keeps its skew: the layer is turned, not the page.
"""

import io
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from digitize.ocr.words import Line, PageReading

if TYPE_CHECKING:
    import pikepdf

FONT = "/ArchiveText"
ADVANCE = 500  # of every glyph, in thousandths of the size
ASCENT, DESCENT = 800, -200
FONT_MADE_AT = 2_082_844_800  # 1970 in the seconds of TrueType, which begin in 1904
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def page_content(reading: PageReading, *, width_pt: float, height_pt: float) -> bytes:
    """The operators that write ``reading`` over a page image of this size in points."""
    if not reading.lines:
        return b""
    x, y = width_pt / reading.width_px, height_pt / reading.height_px
    a, b, c, d, e, f = reading.to_page
    # From the image that was read to the page's points, whose y grows upwards.
    place = (a * x, -b * y, c * x, -d * y, e * x, height_pt - f * y)
    parts = [f"q {_numbers(*place)} cm BT 3 Tr"]
    for line in reading.lines:
        parts.extend(_line_operators(line))
    parts.append("ET Q\n")
    return "\n".join(parts).encode("ascii")


def _line_operators(line: Line) -> Iterator[str]:
    """One line: its words, each stretched to its width, and the gaps between them as spaces."""
    size = max(1, line.bottom - line.top)
    slope = line.slope
    yield f"{FONT} {size} Tf"
    for number, word in enumerate(line.words):
        baseline = line.baseline_at(word.left)
        # The image's y grows downwards, so letters stand on their head unless turned over.
        yield f"{_numbers(1, slope, slope, -1, word.left, baseline)} Tm"
        yield f"{_stretch(word.text, word.right - word.left, size)} Tz <{_code(word.text)}> Tj"
        if number + 1 < len(line.words):
            gap = line.words[number + 1].left - word.right
            yield f"{_stretch(' ', max(gap, 1), size)} Tz <{_code(' ')}> Tj"


def _stretch(text: str, width: float, size: float) -> str:
    """Per cent by which ``text`` is widened to fill ``width``."""
    return _numbers(100 * max(width, 1) / (len(text) * size * ADVANCE / 1000))


def _code(text: str) -> str:
    """Two bytes a letter: its own number, which the font maps to its one box."""
    return "".join(f"{ord(min(letter, REPLACEMENT)):04X}" for letter in text)


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.5f}".rstrip("0").rstrip(".") for value in values)


def make_font(pdf: "pikepdf.Pdf") -> "pikepdf.Object":
    """The font of all layers of one document, embedded as PDF/A asks."""
    from pikepdf import Array, Dictionary, Name

    name = Name.ArchiveText
    program = pdf.make_stream(_font_program())
    program.Length1 = len(_font_program())
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=5,  # fixed pitch, symbolic
        FontBBox=Array([0, DESCENT, ADVANCE, ASCENT]),
        ItalicAngle=0,
        Ascent=ASCENT,
        Descent=DESCENT,
        CapHeight=ASCENT,
        StemV=80,
        FontFile2=program,
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=ADVANCE,
        CIDToGIDMap=pdf.make_stream(b"\x00\x01" * 0x10000),
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_stream(_to_unicode()),
        )
    )


@lru_cache(maxsize=1)
def _font_program() -> bytes:
    """A TrueType font of one box for every letter; the same bytes at every call.

    Mode 3 paints nothing. The box has a height so that viewers find a place for the letter: PDFium
    drops single letters of a font without outlines.
    """
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib.tables._g_l_y_f import Glyph

    pen = TTGlyphPen(None)
    pen.moveTo((0, DESCENT))
    for corner in ((0, ASCENT), (ADVANCE, ASCENT), (ADVANCE, DESCENT)):
        pen.lineTo(corner)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "box"])
    builder.setupCharacterMap({0x20: "box"})
    builder.setupGlyf({".notdef": Glyph(), "box": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (ADVANCE, 0), "box": (ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupNameTable({"familyName": "ArchiveText", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = FONT_MADE_AT
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def _to_unicode() -> bytes:
    """A CMap in which every code is its own letter, in rows of 256 as the specification asks."""
    head = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
    )
    rows = [f"<{high:02X}00> <{high:02X}FF> <{high:02X}00>" for high in range(256)]
    blocks = [rows[start : start + 100] for start in range(0, 256, 100)]
    ranges = "\n".join(
        f"{len(block)} beginbfrange\n" + "\n".join(block) + "\nendbfrange" for block in blocks
    )
    tail = "\nendcmap CMapName currentdict /CMap defineresource pop end end\n"
    return (head + ranges + tail).encode("ascii")
