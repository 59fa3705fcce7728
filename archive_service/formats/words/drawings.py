"""Words of charts, of SmartArt and of what is drawn on a sheet, from the parts of their ZIP."""

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any

from lxml import etree

from archive_service.formats.words.parts import elements, read, related_parts, xml_parser

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
# The last word of a relationship's type; a drawing has charts and diagrams in its turn.
_DRAWN = ("drawing", "chart", "chartEx", "chartUserShapes", "diagramData")
_DEEPEST = 4
_PARTS = 1_000  # of one sheet, slide or text


def drawn_beside(parts: zipfile.ZipFile, part: str) -> Iterator[str]:
    """Lines of all that is drawn on one part of an Office Open XML file."""
    seen = {part}
    waiting = [(part, 0)]
    while waiting:
        above, depth = waiting.pop(0)
        for kind, name in related_parts(parts, above).values():
            wanted = kind in _DRAWN and name not in seen and name in parts.namelist()
            if wanted and depth < _DEEPEST and len(seen) < _PARTS:
                seen.add(name)
                waiting.append((name, depth + 1))
                yield from drawn_lines(parts, name)


def drawn_lines(parts: zipfile.ZipFile, name: str) -> Iterator[str]:
    """Paragraphs of a part, and the names of series and classes of a chart, each once."""
    texts: set[str] = set()
    tags = (f"{_A}p", f"{_C}strCache", f"{_C}strLit")
    for element in elements(parts, name, tags):
        if element.tag == f"{_A}p":
            said_here = element.iter(f"{_A}t", f"{_A}br")
            lines = ["".join(" " if one.tag == f"{_A}br" else one.text or "" for one in said_here)]
        else:
            lines = [value.text or "" for value in element.iter(f"{_C}v")]
        for line in lines:
            if element.tag == f"{_A}p" or line not in texts:
                yield line
            texts.add(line)


def embedded_lines(parts: zipfile.ZipFile, element: Any) -> Iterator[str]:
    """Lines of the charts and formulas that stand in an element of an OpenDocument."""
    for one in element.iter(f"{_DRAW}object"):
        folder = posixpath.normpath(one.get(_XLINK, ""))
        name = posixpath.join(folder, "content.xml")
        if folder != "." and name in parts.namelist():
            root = etree.fromstring(read(parts, name), xml_parser())
            yield from ("".join(line.itertext()) for line in root.iter(f"{_TEXT}p"))
