"""The letters of a visible signature: Tinos, only those that are needed, at the widths of PDF.

A PDF counts widths in thousandths of the size; Tinos is drawn on 2,048 units.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.errors import NotFoundError

if TYPE_CHECKING:
    import pikepdf

FONT = "/MarkFont"
_ALWAYS = "0123456789-:T+ ?"
_MISSING = "?"  # PDF/A forbids to show a letter that the font does not have


class MarkFontMissingError(NotFoundError):
    """The Times-compatible font has not been put in place; see ``static/vendor.py``."""


@dataclass(frozen=True, slots=True)
class MarkFont:
    """Some letters of one font; widths are thousandths of the size."""

    program: bytes
    glyphs: Mapping[str, int]
    widths: Mapping[str, int]
    box: tuple[int, int, int, int]
    ascent: int
    descent: int

    def width_pt(self, text: str, size_pt: float) -> float:
        """How wide the text is at this size, in points."""
        missing = self.widths[_MISSING]
        return sum(self.widths.get(letter, missing) for letter in text) * size_pt / 1000

    def codes(self, text: str) -> str:
        """The text as hexadecimal codes of glyphs, two bytes each."""
        missing = self.glyphs[_MISSING]
        return "".join(f"{self.glyphs.get(letter, missing):04X}" for letter in text)

    def embedded(self, pdf: "pikepdf.Pdf") -> "pikepdf.Object":
        """The font as an object of ``pdf``, whole, as PDF/A asks."""
        from pikepdf import Array, Dictionary, Name

        name = Name("/ARCHIV+Tinos-Regular")
        program = pdf.make_stream(self.program)
        program.Length1 = len(self.program)
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=name,
            Flags=34,  # with serifs, not symbolic
            FontBBox=Array(self.box),
            ItalicAngle=0,
            Ascent=self.ascent,
            Descent=self.descent,
            CapHeight=self.ascent,
            StemV=80,
            FontFile2=program,
        )
        each = sorted((self.glyphs[letter], width) for letter, width in self.widths.items())
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=name,
            CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=0,
            W=Array([part for glyph, width in each for part in (glyph, Array([width]))]),
            CIDToGIDMap=Name.Identity,
        )
        return pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=name,
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([pdf.make_indirect(descendant)]),
                ToUnicode=pdf.make_stream(self._to_unicode()),
            )
        )

    def _to_unicode(self) -> bytes:
        """Which letter a glyph is, so that the mark can be searched and copied."""
        head = (
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
            "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        )
        rows = [
            f"<{glyph:04X}> <{letter.encode('utf-16-be').hex().upper()}>"
            for letter, glyph in sorted(self.glyphs.items(), key=lambda pair: pair[1])
        ]
        blocks = [rows[start : start + 100] for start in range(0, len(rows), 100)]
        ranges = "\n".join(
            f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks
        )
        tail = "\nendcmap CMapName currentdict /CMap defineresource pop end end\n"
        return (head + ranges + tail).encode("ascii")


def mark_font(folder: Path, text: str) -> MarkFont:
    """The letters of ``text``, and those of every date; kept, since agencies sign many at once.

    Raises:
        MarkFontMissingError: no Tinos in the folder.
    """
    return _subset(folder / "Tinos-Regular.ttf", "".join(sorted({*text, *_ALWAYS})))


@lru_cache(maxsize=16)
def _subset(file: Path, letters: str) -> MarkFont:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    if not file.is_file():
        raise MarkFontMissingError(folder=file.parent.as_posix())
    options = Options(layout_features=[], name_IDs=[], notdef_outline=True, hinting=False)
    font = TTFont(file, recalcTimestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    out = io.BytesIO()
    font.save(out)
    units = font["head"].unitsPerEm
    known = font.getBestCmap()
    advances = font["hmtx"]
    names = {letter: known[ord(letter)] for letter in letters if ord(letter) in known}

    def scaled(value: float) -> int:
        return round(value * 1000 / int(units))

    head = font["head"]
    return MarkFont(
        program=out.getvalue(),
        glyphs={letter: font.getGlyphID(name) for letter, name in names.items()},
        widths={letter: scaled(advances[name][0]) for letter, name in names.items()},
        box=(scaled(head.xMin), scaled(head.yMin), scaled(head.xMax), scaled(head.yMax)),
        ascent=scaled(font["hhea"].ascent),
        descent=scaled(font["hhea"].descent),
    )
